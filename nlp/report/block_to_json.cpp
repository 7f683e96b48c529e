#include "nlp/report/block_json.h"

namespace limbeck::nlp {
namespace {

using Json = nlohmann::ordered_json;

template <class Range, class Write>
Json array_of(const Range& range, Write&& write) {
  Json array = Json::array();
  for (const auto& element : range) array.push_back(write(element));
  return array;
}

Json axis_to_json(const Axis& axis) {
  return {{"label", axis.label},
          {"scale", axis.is_logarithmic ? "log" : "linear"},
          {"format", format_to_json(axis.format)}};
}

Json reference_lines_to_json(const std::vector<ReferenceLine>& lines) {
  return array_of(lines, [](const ReferenceLine& line) {
    return Json{{"label", line.label}, {"value", measurement_to_json(line.value)}};
  });
}

Json to_json(const TextBlock& block) { return {{"type", "text"}, {"text", block.text}}; }

Json to_json(const CommandBlock& block) {
  return {{"type", "command"}, {"command", block.command}, {"text", block.text}};
}

Json to_json(const DefinitionsBlock& block) {
  return {{"type", "definitions"}, {"items", array_of(block.items, [](const auto& item) {
                                      return Json{{"term", item.first}, {"text", item.second}};
                                    })}};
}

Json to_json(const TableBlock& block) {
  Json columns = array_of(block.columns, [](const TableColumn& column) {
    return Json{{"label", column.label},
                {"unit", column.unit},
                {"is_numeric", column.is_numeric},
                {"format", format_to_json(column.format)}};
  });
  Json rows = array_of(
      block.rows, [](const std::vector<TableCell>& row) { return array_of(row, cell_to_json); });
  return {{"type", "table"},    {"title", block.title},
          {"note", block.note}, {"is_collapsed", block.is_collapsed},
          {"columns", columns}, {"rows", rows}};
}

Json to_json(const LineChartBlock& block) {
  Json series = array_of(block.series, [](const LineSeries& one) {
    return Json{{"name", one.name}, {"points", array_of(one.points, [](const auto& point) {
                                       return Json::array({measurement_to_json(point.first),
                                                           measurement_to_json(point.second)});
                                     })}};
  });
  return {{"type", "line_chart"},
          {"title", block.title},
          {"description", block.description},
          {"x", axis_to_json(block.x)},
          {"y", axis_to_json(block.y)},
          {"series", series},
          {"reference_lines", reference_lines_to_json(block.reference_lines)}};
}

Json to_json(const ScatterBlock& block) {
  Json points = array_of(block.points, [](const ScatterPoint& point) {
    return Json{{"label", point.label},
                {"group", point.group},
                {"x", measurement_to_json(point.x)},
                {"y", measurement_to_json(point.y)}};
  });
  return {{"type", "scatter"},
          {"title", block.title},
          {"description", block.description},
          {"x", axis_to_json(block.x)},
          {"y", axis_to_json(block.y)},
          {"points", points}};
}

Json to_json(const BarChartBlock& block) {
  Json series = array_of(block.series, [](const BarSeries& one) {
    return Json{{"name", one.name}, {"values", array_of(one.values, [](const BarValue& bar) {
                                       return Json{{"value", measurement_to_json(bar.value)},
                                                   {"spread", measurement_to_json(bar.spread)}};
                                     })}};
  });
  Json json = {{"type", "bar_chart"},
               {"title", block.title},
               {"description", block.description},
               {"axis", axis_to_json(block.axis)}};
  if (block.axis_start) json["axis_start"] = *block.axis_start;
  json["categories"] = block.categories;
  json["series"] = std::move(series);
  return json;
}

Json to_json(const ForestBlock& block) {
  Json rows = array_of(block.rows, [](const ForestRow& row) {
    return Json{{"label", row.label},
                {"estimate", measurement_to_json(row.estimate)},
                {"low", measurement_to_json(row.low)},
                {"high", measurement_to_json(row.high)}};
  });
  return {{"type", "forest"},
          {"title", block.title},
          {"description", block.description},
          {"axis", axis_to_json(block.axis)},
          {"rows", rows},
          {"reference_lines", reference_lines_to_json(block.reference_lines)}};
}

Json to_json(const HeatMapBlock& block) {
  Json values = array_of(block.values, [](const std::vector<Measurement>& row) {
    return array_of(row, measurement_to_json);
  });
  return {{"type", "heat_map"},
          {"title", block.title},
          {"description", block.description},
          {"value_label", block.value_label},
          {"format", format_to_json(block.format)},
          {"rows", block.rows},
          {"columns", block.columns},
          {"values", values}};
}

Json to_json(const ShadedTextBlock& block) {
  Json sentences = array_of(block.sentences, [](const std::vector<ShadedWord>& sentence) {
    return array_of(sentence, [](const ShadedWord& word) {
      return Json{{"text", word.text}, {"value", measurement_to_json(word.value)}};
    });
  });
  return {{"type", "shaded_text"},
          {"title", block.title},
          {"description", block.description},
          {"value_label", block.value_label},
          {"format", format_to_json(block.format)},
          {"sentences", sentences}};
}

Json column_to_json(const ExampleColumn& column) {
  return {{"title", column.title}, {"entries", array_of(column.entries, [](const auto& entry) {
                                      return Json{{"text", entry.text},
                                                  {"score", measurement_to_json(entry.score)},
                                                  {"agrees", entry.agrees}};
                                    })}};
}

Json to_json(const ExamplesBlock& block) {
  Json examples = array_of(block.examples, [](const Example& example) {
    return Json{{"query", example.query}, {"columns", array_of(example.columns, column_to_json)}};
  });
  return {{"type", "examples"},
          {"title", block.title},
          {"description", block.description},
          {"score_label", block.score_label},
          {"agreement_label", block.agreement_label},
          {"examples", examples}};
}

}  // namespace

Json measurement_to_json(const Measurement& measurement) {
  if (measurement.has_value()) return measurement.value();
  return {{"value", nullptr}, {"reason", measurement.reason()}};
}

Json cell_to_json(const TableCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return measurement_to_json(std::get<Measurement>(cell));
}

Json format_to_json(const NumberFormat& format) {
  return {{"style", number_style_name(format.style)}, {"digits", format.digits}};
}

Json block_to_json(const ReportBlock& block) {
  return std::visit([](const auto& one) { return to_json(one); }, block);
}

}  // namespace limbeck::nlp
