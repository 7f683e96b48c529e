#include <array>

#include "nlp/report/block_json.h"

namespace limbeck::nlp {
namespace {

Axis axis_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"label", "scale", "format"});
  const std::string scale = cursor["scale"].text();
  if (scale != "linear" && scale != "log") cursor["scale"].fail("'linear' or 'log'");
  return {cursor["label"].text(), scale == "log", format_from_json(cursor["format"])};
}

void limit_series(const JsonCursor& cursor) {
  if (cursor.size() > kMaxSeries) cursor.fail("at most " + std::to_string(kMaxSeries) + " series");
}

ReportBlock text_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"type", "text"});
  return TextBlock{cursor["text"].text()};
}

ReportBlock command_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"type", "command", "text"});
  return CommandBlock{cursor["command"].text(), cursor.text_or_empty("text")};
}

ReportBlock definitions_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"type", "items"});
  return DefinitionsBlock{read_array(cursor["items"], [](const JsonCursor& item) {
    item.require_keys({"term", "text"});
    return std::pair(item["term"].text(), item["text"].text());
  })};
}

TableColumn column_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"label", "unit", "is_numeric", "format"});
  return {cursor["label"].text(), cursor.text_or_empty("unit"), cursor["is_numeric"].boolean(),
          format_from_json(cursor["format"])};
}

ReportBlock table_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"type", "title", "note", "is_collapsed", "columns", "rows"});
  TableBlock block;
  block.title = cursor["title"].text();
  block.note = cursor.text_or_empty("note");
  block.is_collapsed = cursor.has("is_collapsed") && cursor["is_collapsed"].boolean();
  block.columns = read_array(cursor["columns"], column_from_json);
  if (block.columns.empty()) cursor["columns"].fail("at least one column");
  block.rows = read_array(cursor["rows"], [&](const JsonCursor& row) {
    if (row.size() != block.columns.size())
      row.fail("an array of " + std::to_string(block.columns.size()) + " cells");
    return read_array(row, cell_from_json);
  });
  return block;
}

ReferenceLine reference_line_from_json(const JsonCursor& line) {
  line.require_keys({"label", "value"});
  return {line["label"].text(), line["value"].measurement()};
}

std::pair<double, Measurement> point_from_json(const JsonCursor& cursor) {
  if (cursor.size() != 2) cursor.fail("a pair [x, y]");
  return {cursor.at(0).number(), cursor.at(1).measurement()};
}

ReportBlock line_chart_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"type", "title", "description", "x", "y", "series", "reference_lines"});
  limit_series(cursor["series"]);
  LineChartBlock block;
  block.title = cursor["title"].text();
  block.description = cursor.text_or_empty("description");
  block.x = axis_from_json(cursor["x"]);
  block.y = axis_from_json(cursor["y"]);
  block.series = read_array(cursor["series"], [](const JsonCursor& one) {
    one.require_keys({"name", "points"});
    return LineSeries{one["name"].text(), read_array(one["points"], point_from_json)};
  });
  if (cursor.has("reference_lines"))
    block.reference_lines = read_array(cursor["reference_lines"], reference_line_from_json);
  return block;
}

ReportBlock scatter_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"type", "title", "description", "x", "y", "points"});
  ScatterBlock block;
  block.title = cursor["title"].text();
  block.description = cursor.text_or_empty("description");
  block.x = axis_from_json(cursor["x"]);
  block.y = axis_from_json(cursor["y"]);
  std::vector<std::string> groups;
  block.points = read_array(cursor["points"], [&](const JsonCursor& point) {
    point.require_keys({"label", "group", "x", "y"});
    ScatterPoint result{point["label"].text(), point.text_or_empty("group"),
                        point["x"].measurement(), point["y"].measurement()};
    if (std::find(groups.begin(), groups.end(), result.group) == groups.end())
      groups.push_back(result.group);
    if (groups.size() > kMaxSeries)
      cursor["points"].fail("at most " + std::to_string(kMaxSeries) + " groups");
    return result;
  });
  return block;
}

BarValue bar_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"value", "spread"});
  const Measurement spread = cursor["spread"].measurement();
  if (spread.has_value() && spread.value() < 0) cursor["spread"].fail("a number >= 0");
  return {cursor["value"].measurement(), spread};
}

ReportBlock bar_chart_from_json(const JsonCursor& cursor) {
  cursor.require_keys(
      {"type", "title", "description", "axis", "axis_start", "categories", "series"});
  limit_series(cursor["series"]);
  BarChartBlock block;
  block.title = cursor["title"].text();
  block.description = cursor.text_or_empty("description");
  block.axis = axis_from_json(cursor["axis"]);
  if (block.axis.is_logarithmic) cursor["axis"]["scale"].fail("'linear'");
  if (cursor.has("axis_start")) block.axis_start = cursor["axis_start"].number();
  block.categories =
      read_array(cursor["categories"], [](const JsonCursor& name) { return name.text(); });
  block.series = read_array(cursor["series"], [&](const JsonCursor& one) {
    one.require_keys({"name", "values"});
    if (one["values"].size() != block.categories.size())
      one["values"].fail("one value for each of " + std::to_string(block.categories.size()) +
                         " categories");
    return BarSeries{one["name"].text(), read_array(one["values"], bar_from_json)};
  });
  return block;
}

ReportBlock forest_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"type", "title", "description", "axis", "rows", "reference_lines"});
  ForestBlock block;
  block.title = cursor["title"].text();
  block.description = cursor.text_or_empty("description");
  block.axis = axis_from_json(cursor["axis"]);
  if (block.axis.is_logarithmic) cursor["axis"]["scale"].fail("'linear'");
  block.rows = read_array(cursor["rows"], [](const JsonCursor& row) {
    row.require_keys({"label", "estimate", "low", "high"});
    return ForestRow{row["label"].text(), row["estimate"].measurement(), row["low"].measurement(),
                     row["high"].measurement()};
  });
  if (cursor.has("reference_lines"))
    block.reference_lines = read_array(cursor["reference_lines"], reference_line_from_json);
  return block;
}

ReportBlock heat_map_from_json(const JsonCursor& cursor) {
  cursor.require_keys(
      {"type", "title", "description", "value_label", "format", "rows", "columns", "values"});
  const auto text = [](const JsonCursor& one) { return one.text(); };
  HeatMapBlock block;
  block.title = cursor["title"].text();
  block.description = cursor.text_or_empty("description");
  block.value_label = cursor["value_label"].text();
  block.format = format_from_json(cursor["format"]);
  block.rows = read_array(cursor["rows"], text);
  block.columns = read_array(cursor["columns"], text);
  block.values = read_array(cursor["values"], [&](const JsonCursor& row) {
    if (row.size() != block.columns.size())
      row.fail("one value for each of " + std::to_string(block.columns.size()) + " columns");
    return read_array(row, [](const JsonCursor& one) { return one.measurement(); });
  });
  if (block.values.size() != block.rows.size())
    cursor["values"].fail("one array for each of " + std::to_string(block.rows.size()) + " rows");
  return block;
}

ReportBlock shaded_text_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"type", "title", "description", "value_label", "format", "sentences"});
  ShadedTextBlock block;
  block.title = cursor["title"].text();
  block.description = cursor.text_or_empty("description");
  block.value_label = cursor["value_label"].text();
  block.format = format_from_json(cursor["format"]);
  block.sentences = read_array(cursor["sentences"], [](const JsonCursor& sentence) {
    return read_array(sentence, [](const JsonCursor& word) {
      word.require_keys({"text", "value"});
      return ShadedWord{word["text"].text(), word["value"].measurement()};
    });
  });
  return block;
}

ExampleColumn example_column_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"title", "entries"});
  return {cursor["title"].text(), read_array(cursor["entries"], [](const JsonCursor& entry) {
            entry.require_keys({"text", "score", "agrees"});
            return ExampleEntry{entry["text"].text(), entry["score"].measurement(),
                                entry["agrees"].boolean()};
          })};
}

ReportBlock examples_from_json(const JsonCursor& cursor) {
  cursor.require_keys(
      {"type", "title", "description", "score_label", "agreement_label", "examples"});
  ExamplesBlock block;
  block.title = cursor["title"].text();
  block.description = cursor.text_or_empty("description");
  block.score_label = cursor["score_label"].text();
  block.agreement_label = cursor["agreement_label"].text();
  block.examples = read_array(cursor["examples"], [](const JsonCursor& example) {
    example.require_keys({"query", "columns"});
    return Example{example["query"].text(),
                   read_array(example["columns"], example_column_from_json)};
  });
  return block;
}

struct BlockReader {
  const char* type;
  ReportBlock (*read)(const JsonCursor&);
};

constexpr std::array<BlockReader, 11> kReaders = {{{"text", text_from_json},
                                                   {"command", command_from_json},
                                                   {"definitions", definitions_from_json},
                                                   {"table", table_from_json},
                                                   {"line_chart", line_chart_from_json},
                                                   {"scatter", scatter_from_json},
                                                   {"bar_chart", bar_chart_from_json},
                                                   {"forest", forest_from_json},
                                                   {"heat_map", heat_map_from_json},
                                                   {"shaded_text", shaded_text_from_json},
                                                   {"examples", examples_from_json}}};

}  // namespace

TableCell cell_from_json(const JsonCursor& cursor) {
  if (cursor.is_text()) return cursor.text();
  return cursor.measurement();
}

NumberFormat format_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"style", "digits"});
  NumberFormat format;
  if (!parse_number_style(cursor["style"].text(), format.style))
    cursor["style"].fail("'general', 'integer', 'fixed' or 'bytes'");
  const int64_t digits = cursor["digits"].integer();
  if (digits < 0 || digits > 17) cursor["digits"].fail("0 .. 17");
  format.digits = static_cast<int>(digits);
  return format;
}

ReportBlock block_from_json(const JsonCursor& cursor) {
  const std::string type = cursor["type"].text();
  std::string known;
  for (const BlockReader& reader : kReaders) {
    if (type == reader.type) return reader.read(cursor);
    known += (known.empty() ? "" : ", ") + std::string(reader.type);
  }
  cursor["type"].fail("one of " + known);
}

}  // namespace limbeck::nlp
