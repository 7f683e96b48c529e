#include <algorithm>

#include "nlp/report/svg_chart.h"

namespace limbeck::nlp {
namespace {

constexpr double kHeading = 24;  // px height of a category's name
constexpr double kBar = 14;
constexpr double kPitch = 22;  // from bar to bar
constexpr double kWhisker = 5;
constexpr double kMarkerInset = 10;  // px from a bar's end to the marker that names its series

class BarChartDrawing {
 public:
  BarChartDrawing(const BarChartBlock& chart, const ChartSize& size)
      : chart_(chart), size_(size), scale_(value_scale()) {}

  std::string draw(const std::string& id) {
    SvgWriter legend;
    const double legend_height = draw_legend(legend, series_names(), 2, size_.width - 4, false);
    const double rows = kHeading + kPitch * static_cast<double>(chart_.series.size());
    const double area_height = rows * static_cast<double>(chart_.categories.size()) + 6;
    size_.height = legend_height + area_height + 46;
    area_ = {8, legend_height + 2, size_.width - value_width() - 16, legend_height + area_height};
    open_chart(svg_, size_, {id, chart_.title, chart_.description});
    draw_legend(svg_, series_names(), 2, size_.width - 4, false);
    draw_horizontal_axis(svg_, area_, scale_, chart_.axis.label);
    double y = area_.top;
    for (size_t i = 0; i < chart_.categories.size(); ++i, y += rows) draw_category(i, y);
    svg_.close("svg");
    return svg_.result();
  }

 private:
  AxisScale value_scale() const {
    double low = chart_.axis_start.value_or(0.0), high = low;
    for (const BarSeries& series : chart_.series)
      for (const BarValue& bar : series.values) {
        if (!bar.value.has_value()) continue;
        low = std::min(low, bar.value.value() - bar.spread.value());
        high = std::max(high, bar.value.value() + bar.spread.value());
      }
    return AxisScale::from(low, high);
  }

  std::vector<std::string> series_names() const {
    std::vector<std::string> names;
    for (const BarSeries& series : chart_.series) names.push_back(series.name);
    return names;
  }

  std::string value_text(const BarValue& bar) const {
    if (!bar.value.has_value()) return bar.value.reason();
    std::string text = format_measurement(bar.value, chart_.axis.format);
    if (bar.spread.has_value())
      text += " \u00B1 " + format_measurement(bar.spread, chart_.axis.format);
    return text;
  }

  double value_width() const {
    double widest = 0;
    for (const BarSeries& series : chart_.series)
      for (const BarValue& bar : series.values)
        widest = std::max(widest, text_width(value_text(bar), kChartFont));
    return std::min(widest, size_.width * 0.4);
  }

  void draw_category(size_t index, double y) {
    svg_.text("text", {{"class", "halo category"}, {"x", area_.left + 4}, {"y", y + 17}},
              fitted_text(chart_.categories[index], area_.right - area_.left, kChartFont));
    y += kHeading;
    for (size_t i = 0; i < chart_.series.size(); ++i, y += kPitch)
      draw_bar(i, chart_.series[i].values[index], y + kBar / 2);
  }

  void draw_bar(size_t series, const BarValue& bar, double y) {
    svg_.text("text", {{"class", "value"}, {"x", area_.right + 10}, {"y", y + 4}},
              fitted_text(value_text(bar), size_.width - area_.right - 10, kChartFont));
    if (!bar.value.has_value()) return;
    const double end = scale_.place(bar.value.value(), area_.left, area_.right);
    const double start = scale_.place(chart_.axis_start.value_or(0.0), area_.left, area_.right);
    if (!chart_.axis_start) {
      svg_.empty("rect", {{"class", "mark " + series_class(series)},
                          {"x", std::min(start, end)},
                          {"y", y - kBar / 2},
                          {"width", std::abs(end - start)},
                          {"height", kBar},
                          {"rx", 2.0}});
      if (std::abs(end - start) > 2 * kMarkerInset)
        draw_marker(svg_, series, std::min(start, end) + kMarkerInset, y);
    } else {
      svg_.empty("line",
                 {{"class", "stem"}, {"x1", area_.left}, {"y1", y}, {"x2", end}, {"y2", y}});
    }
    if (bar.spread.has_value()) draw_whisker(bar, y);
    if (chart_.axis_start) draw_marker(svg_, series, end, y);
  }

  void draw_whisker(const BarValue& bar, double y) {
    const double left =
        scale_.place(bar.value.value() - bar.spread.value(), area_.left, area_.right);
    const double right =
        scale_.place(bar.value.value() + bar.spread.value(), area_.left, area_.right);
    std::string path = path_step('M', left, y) + path_step('L', right, y);
    for (const double x : {left, right})
      path += path_step('M', x, y - kWhisker) + path_step('L', x, y + kWhisker);
    svg_.empty("path", {{"class", "whisker-edge"}, {"d", path}});
    svg_.empty("path", {{"class", "whisker"}, {"d", path}});
  }

  const BarChartBlock& chart_;
  ChartSize size_;
  AxisScale scale_;
  PlotArea area_{};
  SvgWriter svg_;
};

}  // namespace

std::string draw_bar_chart(const BarChartBlock& chart, const ChartSize& size,
                           const std::string& id) {
  return BarChartDrawing(chart, size).draw(id);
}

}  // namespace limbeck::nlp
