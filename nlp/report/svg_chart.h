#pragma once

#include <string>

#include "nlp/report/chart_frame.h"
#include "nlp/report/report_blocks.h"

/// Charts as inline SVG. Colours come from CSS classes (s0 .. s5, grid, axis, tick), so that one
/// drawing serves light and dark pages. Law: equal input gives equal bytes. Missing values leave a
/// gap; `id` prefixes the element ids.
namespace limbeck::nlp {

/// Lines with markers where they are few, reference lines, names at the lines' ends or in a legend.
std::string draw_line_chart(const LineChartBlock& chart, const ChartSize& size,
                            const std::string& id);

/// Labelled points; labels move to where they hide no other.
std::string draw_scatter(const ScatterBlock& chart, const ChartSize& size, const std::string& id);

/// Horizontal bars (or dots) with whiskers and their numbers; the height follows from their count,
/// not from `size`.
std::string draw_bar_chart(const BarChartBlock& chart, const ChartSize& size,
                           const std::string& id);

/// Estimates as dots with whiskers over their intervals; the height follows from the rows.
std::string draw_forest(const ForestBlock& chart, const ChartSize& size, const std::string& id);

/// Shaded cells, numbers in them where they fit; columns are named where there is room, else they
/// have the numbers of a key. The height follows from the rows.
std::string draw_heat_map(const HeatMapBlock& chart, const ChartSize& size, const std::string& id);

/// The chart's numbers as a table, for readers who do not see the drawing.
TableBlock chart_data(const LineChartBlock& chart);
TableBlock chart_data(const ScatterBlock& chart);
TableBlock chart_data(const BarChartBlock& chart);
TableBlock chart_data(const ForestBlock& chart);
TableBlock chart_data(const HeatMapBlock& chart);

/// What the drawing shows in one sentence: the block's description, then the range of its values.
std::string text_alternative(const LineChartBlock& chart);

}  // namespace limbeck::nlp
