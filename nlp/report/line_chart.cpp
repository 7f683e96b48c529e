#include <algorithm>

#include "nlp/report/svg_chart.h"

namespace limbeck::nlp {
namespace {

constexpr size_t kMostMarkers = 24;  // a longer line has a marker at its end alone
constexpr double kLabelHeight = 15;

/// A name beside the plot at the height of what it names.
struct LineLabel {
  double y;
  std::string text;
  std::string css_class;
};

class LineChartDrawing {
 public:
  LineChartDrawing(const LineChartBlock& chart, const ChartSize& size)
      : chart_(chart), size_(size), x_(x_scale()), y_(y_scale()) {}

  std::string draw(const std::string& id) {
    open_chart(svg_, size_, {id, chart_.title, text_alternative(chart_)});
    const double legend =
        size_.has_line_labels ? 0 : draw_legend(svg_, series_names(), 2, size_.width - 4, true);
    const double labels = size_.has_line_labels ? label_width() : 0;
    area_ = {tick_label_width(y_, 5) + 14, legend + 30, size_.width - 14 - labels,
             size_.height - 44};
    draw_vertical_axis(svg_, area_, y_, chart_.y.label);
    draw_horizontal_axis(svg_, area_, x_, chart_.x.label);
    for (const ReferenceLine& line : chart_.reference_lines) draw_reference(line);
    for (size_t i = 0; i < chart_.series.size(); ++i) draw_series(i);
    draw_labels();
    svg_.close("svg");
    return svg_.result();
  }

 private:
  AxisScale x_scale() const {
    std::vector<double> values;
    for (const LineSeries& series : chart_.series)
      for (const auto& [x, y] : series.points)
        if (y.has_value()) values.push_back(x);
    return AxisScale::around(std::move(values), chart_.x.is_logarithmic);
  }

  AxisScale y_scale() const {
    std::vector<double> values;
    for (const LineSeries& series : chart_.series)
      for (const auto& [x, y] : series.points)
        if (y.has_value()) values.push_back(y.value());
    for (const ReferenceLine& line : chart_.reference_lines)
      if (line.value.has_value()) values.push_back(line.value.value());
    return AxisScale::around(std::move(values), chart_.y.is_logarithmic);
  }

  std::vector<std::string> series_names() const {
    std::vector<std::string> names;
    for (const LineSeries& series : chart_.series) names.push_back(series.name);
    return names;
  }

  double label_width() const {
    double widest = 0;
    for (const std::string& name : series_names())
      widest = std::max(widest, text_width(name, kChartFont));
    return std::min(widest + 8, size_.width * 0.3);
  }

  void draw_reference(const ReferenceLine& line) {
    if (!line.value.has_value() || !y_.can_show(line.value.value())) return;
    const double y = y_.place(line.value.value(), area_.bottom, area_.top);
    svg_.empty(
        "line",
        {{"class", "reference"}, {"x1", area_.left}, {"y1", y}, {"x2", area_.right}, {"y2", y}});
    const bool is_at_top = y < area_.top + kLabelHeight + 4;
    svg_.text("text",
              {{"class", "halo reference-label"},
               {"x", area_.right - 4},
               {"y", is_at_top ? y + 15 : y - 6},
               {"text-anchor", "end"}},
              fitted_text(line.label, area_.right - area_.left - 8, kChartFont));
  }

  void draw_series(size_t index) {
    const auto& points = chart_.series[index].points;
    std::string path;
    bool pen_is_down = false;
    std::pair<double, double> last{0, 0};
    std::vector<std::pair<double, double>> places;
    for (const auto& [x, y] : points) {
      if (!y.has_value() || !x_.can_show(x) || !y_.can_show(y.value())) {
        pen_is_down = false;
        continue;
      }
      last = {x_.place(x, area_.left, area_.right), y_.place(y.value(), area_.bottom, area_.top)};
      path += path_step(pen_is_down ? 'L' : 'M', last.first, last.second);
      pen_is_down = true;
      places.push_back(last);
    }
    if (places.empty()) return;
    svg_.empty("path", {{"class", "line " + series_class(index)},
                        {"stroke-dasharray", series_dash(index)},
                        {"d", path}});
    if (places.size() > kMostMarkers) places = {last};
    for (const auto& [x, y] : places) draw_marker(svg_, index, x, y);
    labels_.push_back({last.second, chart_.series[index].name, "line-label"});
  }

  void draw_labels() {
    if (!size_.has_line_labels) return;
    std::stable_sort(labels_.begin(), labels_.end(),
                     [](const LineLabel& a, const LineLabel& b) { return a.y < b.y; });
    for (size_t i = 1; i < labels_.size(); ++i)
      labels_[i].y = std::max(labels_[i].y, labels_[i - 1].y + kLabelHeight);
    double lowest = area_.bottom - 2;  // then back up, so that the last one stays above the axis
    for (size_t i = labels_.size(); i-- > 0; lowest = labels_[i].y - kLabelHeight)
      labels_[i].y = std::min(labels_[i].y, lowest);
    const double room = size_.width - area_.right - 10;
    for (const LineLabel& label : labels_)
      svg_.text("text", {{"class", label.css_class}, {"x", area_.right + 8}, {"y", label.y + 4}},
                fitted_text(label.text, room, kChartFont));
  }

  const LineChartBlock& chart_;
  ChartSize size_;
  AxisScale x_, y_;
  PlotArea area_{};
  SvgWriter svg_;
  std::vector<LineLabel> labels_;
};

}  // namespace

std::string draw_line_chart(const LineChartBlock& chart, const ChartSize& size,
                            const std::string& id) {
  return LineChartDrawing(chart, size).draw(id);
}

}  // namespace limbeck::nlp
