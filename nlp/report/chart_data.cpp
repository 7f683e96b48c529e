#include <algorithm>
#include <map>

#include "nlp/report/svg_chart.h"

namespace limbeck::nlp {
namespace {

constexpr size_t kMostRows = 200;

TableColumn number_column(const std::string& label, const NumberFormat& format) {
  return {label, "", true, format};
}

/// Every n-th row and the last: the JSON has them all.
void thin_rows(TableBlock& table) {
  const size_t stride = (table.rows.size() + kMostRows - 1) / kMostRows;
  if (stride <= 1) return;
  std::vector<std::vector<TableCell>> kept;
  for (size_t i = 0; i < table.rows.size(); ++i)
    if (i % stride == 0 || i + 1 == table.rows.size()) kept.push_back(std::move(table.rows[i]));
  table.note = "Every " + std::to_string(stride) + "th of " + std::to_string(table.rows.size()) +
               " rows; report.json has all.";
  table.rows = std::move(kept);
}

}  // namespace

TableBlock chart_data(const LineChartBlock& chart) {
  TableBlock table;
  table.title = chart.title;
  table.columns.push_back(number_column(chart.x.label, chart.x.format));
  const size_t columns = chart.series.size() + 1;
  std::map<double, std::vector<TableCell>> rows;
  for (size_t i = 0; i < chart.series.size(); ++i) {
    table.columns.push_back(number_column(chart.series[i].name, chart.y.format));
    for (const auto& [x, y] : chart.series[i].points) {
      auto& row = rows[x];
      if (row.empty()) row.assign(columns, std::string());
      row[0] = Measurement(x);
      row[i + 1] = y;
    }
  }
  for (auto& [x, row] : rows) table.rows.push_back(std::move(row));
  thin_rows(table);
  return table;
}

TableBlock chart_data(const ScatterBlock& chart) {
  TableBlock table;
  table.title = chart.title;
  table.columns = {{"name", "", false, {}},
                   {"group", "", false, {}},
                   number_column(chart.x.label, chart.x.format),
                   number_column(chart.y.label, chart.y.format)};
  for (const ScatterPoint& point : chart.points)
    table.rows.push_back({point.label, point.group, point.x, point.y});
  thin_rows(table);
  return table;
}

TableBlock chart_data(const BarChartBlock& chart) {
  TableBlock table;
  table.title = chart.title;
  table.columns.push_back({"", "", false, {}});
  for (const BarSeries& series : chart.series) {
    table.columns.push_back(number_column(series.name, chart.axis.format));
    table.columns.push_back(number_column("\u00B1", chart.axis.format));
  }
  for (size_t i = 0; i < chart.categories.size(); ++i) {
    std::vector<TableCell> row = {chart.categories[i]};
    for (const BarSeries& series : chart.series) {
      row.push_back(series.values[i].value);
      row.push_back(series.values[i].spread);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

TableBlock chart_data(const ForestBlock& chart) {
  TableBlock table;
  table.title = chart.title;
  table.columns = {{"", "", false, {}},
                   number_column(chart.axis.label, chart.axis.format),
                   number_column("low", chart.axis.format),
                   number_column("high", chart.axis.format)};
  for (const ForestRow& row : chart.rows)
    table.rows.push_back({row.label, row.estimate, row.low, row.high});
  return table;
}

TableBlock chart_data(const HeatMapBlock& chart) {
  TableBlock table;
  table.title = chart.title;
  table.columns.push_back({chart.value_label, "", false, {}});
  for (const std::string& name : chart.columns)
    table.columns.push_back(number_column(name, chart.format));
  for (size_t r = 0; r < chart.rows.size(); ++r) {
    std::vector<TableCell> row = {chart.rows[r]};
    for (const Measurement& value : chart.values[r]) row.push_back(value);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string text_alternative(const LineChartBlock& chart) {
  std::string text = chart.description;
  for (const LineSeries& series : chart.series) {
    const auto last = std::find_if(series.points.rbegin(), series.points.rend(),
                                   [](const auto& point) { return point.second.has_value(); });
    if (last == series.points.rend()) continue;
    text += (text.empty() ? "" : " ") + series.name + ": " +
            format_measurement(last->second, chart.y.format) + " at " + chart.x.label + " " +
            format_number(last->first, chart.x.format) + ".";
  }
  return text;
}

}  // namespace limbeck::nlp
