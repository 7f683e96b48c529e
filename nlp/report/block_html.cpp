#include "nlp/report/block_html.h"

#include <algorithm>
#include <kainjow/mustache.hpp>

#include "nlp/report/page_template.h"
#include "nlp/report/shaded_text.h"
#include "nlp/report/svg_chart.h"

namespace limbeck::nlp {
namespace {

namespace mustache = kainjow::mustache;
using mustache::data;

constexpr ChartSize kNarrowChart{300, 280, false};
constexpr ChartSize kHalfChart{500, 310, true};
constexpr ChartSize kWholeChart{1040, 330, true};
constexpr size_t kMostOpenRows = 24;  // a longer table opens on request

std::string render(const char* page_template, const data& context) {
  return mustache::mustache(page_template).render(context);
}

data paragraph_list(const std::string& text) {
  data list(data::type::list);
  for (const std::string& paragraph : paragraphs_of(text)) list.push_back(paragraph);
  return list;
}

data cell_context(const TableCell& cell, const TableColumn& column, bool is_heading) {
  data context;
  context["is_heading"] = is_heading;
  context["is_numeric"] = column.is_numeric;
  if (const auto* text = std::get_if<std::string>(&cell)) {
    context["text"] = *text;
    return context;
  }
  const auto& number = std::get<Measurement>(cell);
  context["text"] = format_measurement(number, column.format);
  if (!number.has_value()) context["reason"] = number.reason();
  return context;
}

std::string render_table(const TableBlock& table, bool is_collapsed) {
  data columns(data::type::list), rows(data::type::list);
  for (const TableColumn& column : table.columns) {
    data one;
    one["label"] = column.label;
    if (!column.unit.empty()) one["unit"] = column.unit;
    one["is_numeric"] = column.is_numeric;
    columns.push_back(one);
  }
  for (const auto& row : table.rows) {
    data cells(data::type::list);
    for (size_t i = 0; i < row.size(); ++i)
      cells.push_back(cell_context(row[i], table.columns[i], i == 0));
    data one;
    one["cells"] = std::move(cells);
    rows.push_back(one);
  }
  data context;
  context["is_collapsed"] = is_collapsed;
  if (!table.title.empty()) context["title"] = table.title;
  context["is_captionless"] = is_collapsed || table.title.empty();
  context["label"] = table.title.empty() ? "Table" : table.title;
  context["count"] =
      std::to_string(table.rows.size()) + (table.rows.size() == 1 ? " row" : " rows");
  context["columns"] = std::move(columns);
  context["rows"] = std::move(rows);
  if (!table.note.empty()) context["note"] = table.note;
  return render(kTableTemplate, context);
}

template <class Chart, class Draw>
std::string render_chart(const Chart& chart, Draw&& draw, bool is_whole, const std::string& id) {
  TableBlock numbers = chart_data(chart);
  numbers.title = "Numbers of \u201C" + chart.title + "\u201D";
  data context;
  context["title"] = chart.title;
  if (!chart.description.empty()) context["description"] = chart.description;
  context["narrow"] = draw(chart, kNarrowChart, id + "-narrow");
  context["half"] = draw(chart, kHalfChart, id + "-half");
  context["is_whole"] = is_whole;
  if (is_whole) context["whole"] = draw(chart, kWholeChart, id + "-whole");
  context["data"] = render_table(numbers, true);
  return render(kChartTemplate, context);
}

data entry_context(const ExampleEntry& entry, const ExamplesBlock& block) {
  data context;
  context["text"] = entry.text;
  context["score"] = format_measurement(entry.score, {NumberStyle::kFixed, 3});
  context["agrees"] = entry.agrees;
  context["agreement_label"] = block.agreement_label;
  context["score_label"] = block.score_label;
  return context;
}

int64_t shared_entries(const ExampleColumn& column) {
  return std::ranges::count(column.entries, true, &ExampleEntry::agrees);
}

/// Is there a tick to be explained?
bool has_agreement(const ExamplesBlock& block) {
  return std::ranges::any_of(block.examples, [](const Example& example) {
    return std::ranges::any_of(
        example.columns, [](const ExampleColumn& column) { return shared_entries(column) > 0; });
  });
}

data example_column_context(const ExampleColumn& column, const ExamplesBlock& block) {
  data entries(data::type::list), context;
  for (const ExampleEntry& entry : column.entries) entries.push_back(entry_context(entry, block));
  context["title"] = column.title;
  if (!block.agreement_label.empty())
    context["shared"] = std::to_string(shared_entries(column)) + " of " +
                        std::to_string(column.entries.size()) + " shared";
  context["entries"] = std::move(entries);
  return context;
}

std::string render_examples(const ExamplesBlock& block) {
  data examples(data::type::list);
  for (const Example& example : block.examples) {
    data columns(data::type::list), one;
    for (const ExampleColumn& column : example.columns)
      columns.push_back(example_column_context(column, block));
    one["query"] = example.query;
    one["columns"] = std::move(columns);
    examples.push_back(one);
  }
  data context;
  if (!block.title.empty()) context["title"] = block.title;
  if (!block.description.empty()) context["description"] = block.description;
  context["has_agreement"] = has_agreement(block);
  context["agreement_label"] = block.agreement_label;
  context["examples"] = std::move(examples);
  return render(kExamplesTemplate, context);
}

std::string render_definitions(const DefinitionsBlock& block) {
  data items(data::type::list);
  for (const auto& [term, text] : block.items) {
    data one;
    one["term"] = term;
    one["text"] = text;
    items.push_back(one);
  }
  return render(kDefinitionsTemplate, data("items", items));
}

struct BlockRenderer {
  std::string id;
  bool is_whole;  ///< a chart as wide as the page

  std::string operator()(const TextBlock& block) const {
    return render(kTextTemplate, data("paragraphs", paragraph_list(block.text)));
  }
  std::string operator()(const CommandBlock& block) const {
    data context;
    context["command"] = block.command;
    if (!block.text.empty()) context["text"] = block.text;
    return render(kCommandTemplate, context);
  }
  std::string operator()(const DefinitionsBlock& block) const { return render_definitions(block); }
  std::string operator()(const TableBlock& block) const {
    return render_table(block, block.is_collapsed || block.rows.size() > kMostOpenRows);
  }
  std::string operator()(const LineChartBlock& block) const {
    return render_chart(block, draw_line_chart, is_whole, id);
  }
  std::string operator()(const ScatterBlock& block) const {
    return render_chart(block, draw_scatter, is_whole, id);
  }
  std::string operator()(const BarChartBlock& block) const {
    return render_chart(block, draw_bar_chart, is_whole, id);
  }
  std::string operator()(const ForestBlock& block) const {
    return render_chart(block, draw_forest, is_whole, id);
  }
  std::string operator()(const HeatMapBlock& block) const {
    return render_chart(block, draw_heat_map, is_whole, id);
  }
  std::string operator()(const ShadedTextBlock& block) const { return render_shaded_text(block); }
  std::string operator()(const ExamplesBlock& block) const { return render_examples(block); }
};

bool is_chart(const ReportBlock& block) {
  return std::holds_alternative<LineChartBlock>(block) ||
         std::holds_alternative<ScatterBlock>(block) ||
         std::holds_alternative<BarChartBlock>(block) ||
         std::holds_alternative<ForestBlock>(block) || std::holds_alternative<HeatMapBlock>(block);
}

}  // namespace

std::vector<std::string> paragraphs_of(const std::string& text) {
  std::vector<std::string> paragraphs;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find("\n\n", start), text.size());
    if (text.find_first_not_of(" \n\t", start) < end)
      paragraphs.push_back(text.substr(start, end - start));
    start = end == text.size() ? end : end + 2;
  }
  return paragraphs;
}

std::string render_blocks(const std::vector<ReportBlock>& blocks, const std::string& id) {
  std::string html;
  for (size_t first = 0; first < blocks.size();) {
    size_t last = first;
    while (last < blocks.size() && is_chart(blocks[last])) ++last;
    const bool has_charts = last > first;
    if (has_charts) html += "<div class=\"charts\">\n";
    bool is_whole = (last - first) % 2 == 1;  // the rest stands in pairs
    if (!has_charts) last = first + 1;
    for (; first < last; ++first, is_whole = false)
      html += std::visit(BlockRenderer{id + "-" + std::to_string(first), is_whole}, blocks[first]);
    if (has_charts) html += "</div>\n";
  }
  return html;
}

}  // namespace limbeck::nlp
