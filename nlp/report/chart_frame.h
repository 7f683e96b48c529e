#pragma once

#include <string>

#include "nlp/report/axis_scale.h"
#include "nlp/report/report_blocks.h"
#include "nlp/report/svg_writer.h"

namespace limbeck::nlp {

inline constexpr double kChartFont = 12.5;  ///< px, at the size that the drawing is made for

/// Size of one drawing of a chart in px; a page holds one for narrow and one for wide windows.
struct ChartSize {
  double width = 520;
  double height = 300;
  bool has_line_labels = true;  ///< names at the lines' ends; else in a legend above
};

/// Rectangle of the drawing between the axes, in px from the top left.
struct PlotArea {
  double left, top, right, bottom;
};

/// Text alternative of a drawing; `id` is unique in the page.
struct ChartCaption {
  std::string id, title, description;
};

/// Opens the <svg> with its role, title and description.
void open_chart(SvgWriter& svg, const ChartSize& size, const ChartCaption& caption);

/// Room that the labels of a vertical axis need.
double tick_label_width(const AxisScale& scale, int tick_count);

/// Grid lines, tick labels and the axis label below the area.
void draw_horizontal_axis(SvgWriter& svg, const PlotArea& area, const AxisScale& scale,
                          const std::string& label);
/// Grid lines, tick labels left of the area and the axis label above it.
void draw_vertical_axis(SvgWriter& svg, const PlotArea& area, const AxisScale& scale,
                        const std::string& label);

/// The marker of series `index` (circle, square, triangle up, diamond, triangle down, flat diamond)
/// with its colour.
void draw_marker(SvgWriter& svg, size_t index, double x, double y);
/// CSS class and dash pattern of a series' line.
std::string series_class(size_t index);
std::string series_dash(size_t index);

/// A legend in rows that fit `width`; returns its height (0 for fewer than two names).
double draw_legend(SvgWriter& svg, const std::vector<std::string>& names, double left, double width,
                   bool has_lines);

}  // namespace limbeck::nlp
