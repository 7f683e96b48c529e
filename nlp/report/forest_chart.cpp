#include <algorithm>

#include "nlp/report/svg_chart.h"

namespace limbeck::nlp {
namespace {

constexpr double kPitch = 44;     // px from row to row: a line of text, then the mark
constexpr double kMarkAt = 31;    // px from a row's top to its mark
constexpr double kWhisker = 5;    // half the height of a whisker's end
constexpr double kLabelRow = 18;  // px height of a reference line's label

class ForestDrawing {
 public:
  ForestDrawing(const ForestBlock& chart, const ChartSize& size)
      : chart_(chart), size_(size), scale_(value_scale()) {}

  std::string draw(const std::string& id) {
    const double top = 4 + kLabelRow * static_cast<double>(shown_lines().size());
    const double bottom = top + kPitch * static_cast<double>(chart_.rows.size()) + 4;
    size_.height = bottom + 46;
    area_ = {8, top, size_.width - 16, bottom};
    open_chart(svg_, size_, {id, chart_.title, chart_.description});
    draw_horizontal_axis(svg_, area_, scale_, chart_.axis.label);
    draw_lines();
    double y = area_.top;
    for (const ForestRow& row : chart_.rows) {
      draw_row(row, y);
      y += kPitch;
    }
    svg_.close("svg");
    return svg_.result();
  }

 private:
  AxisScale value_scale() const {
    double low = 0, high = 0;
    const auto include = [&](const Measurement& value) {
      if (!value.has_value()) return;
      low = std::min(low, value.value());
      high = std::max(high, value.value());
    };
    for (const ForestRow& row : chart_.rows)
      for (const Measurement& value : {row.estimate, row.low, row.high}) include(value);
    for (const ReferenceLine& line : chart_.reference_lines) include(line.value);
    return AxisScale::around({low, high}, false);
  }

  std::vector<ReferenceLine> shown_lines() const {
    std::vector<ReferenceLine> lines;
    for (const ReferenceLine& line : chart_.reference_lines)
      if (line.value.has_value()) lines.push_back(line);
    return lines;
  }

  double place(const Measurement& value) const {
    return scale_.place(value.value(), area_.left, area_.right);
  }

  /// Each label stands in a row of its own above the rows, where it hides none.
  void draw_lines() {
    double y = 14;
    for (const ReferenceLine& line : shown_lines()) {
      const double x = place(line.value);
      svg_.empty(
          "line",
          {{"class", "reference"}, {"x1", x}, {"y1", y - 8}, {"x2", x}, {"y2", area_.bottom}});
      const std::string text = fitted_text(line.label, size_.width * 0.6, kChartFont);
      const bool is_left = x + 6 + text_width(text, kChartFont) > size_.width - 2;
      svg_.text("text",
                {{"class", "halo reference-label"},
                 {"x", is_left ? x - 6 : x + 6},
                 {"y", y},
                 {"text-anchor", is_left ? "end" : "start"}},
                text);
      y += kLabelRow;
    }
  }

  std::string value_text(const ForestRow& row) const {
    if (!row.estimate.has_value()) return row.estimate.reason();
    std::string text = format_measurement(row.estimate, chart_.axis.format);
    if (row.low.has_value() && row.high.has_value())
      text += " [" + format_measurement(row.low, chart_.axis.format) + ", " +
              format_measurement(row.high, chart_.axis.format) + "]";
    return text;
  }

  void draw_row(const ForestRow& row, double top) {
    const std::string value = value_text(row);
    const double room = area_.right - area_.left - text_width(value, kChartFont) - 14;
    svg_.text("text", {{"class", "halo category"}, {"x", area_.left}, {"y", top + 17}},
              fitted_text(row.label, std::max(room, 40.0), kChartFont));
    svg_.text(
        "text",
        {{"class", "halo value"}, {"x", area_.right}, {"y", top + 17}, {"text-anchor", "end"}},
        fitted_text(value, area_.right - area_.left - 60, kChartFont));
    if (!row.estimate.has_value()) return;
    const double y = top + kMarkAt;
    const double left = row.low.has_value() ? place(row.low) : place(row.estimate);
    const double right = row.high.has_value() ? place(row.high) : place(row.estimate);
    std::string path = path_step('M', left, y) + path_step('L', right, y);
    for (const double x : {left, right})
      path += path_step('M', x, y - kWhisker) + path_step('L', x, y + kWhisker);
    svg_.empty("path", {{"class", "whisker"}, {"d", path}});
    draw_marker(svg_, 0, place(row.estimate), y);
  }

  const ForestBlock& chart_;
  ChartSize size_;
  AxisScale scale_;
  PlotArea area_{};
  SvgWriter svg_;
};

}  // namespace

std::string draw_forest(const ForestBlock& chart, const ChartSize& size, const std::string& id) {
  return ForestDrawing(chart, size).draw(id);
}

}  // namespace limbeck::nlp
