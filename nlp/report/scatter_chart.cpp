#include <algorithm>
#include <array>

#include "nlp/report/svg_chart.h"

namespace limbeck::nlp {
namespace {

constexpr double kReach = 9;  // px from a point to its label
constexpr double kLine = 15;  // px height of a label

struct Box {
  double left, top, right, bottom;
  bool meets(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
  bool is_inside(const Box& other) const {
    return left >= other.left && right <= other.right && top >= other.top && bottom <= other.bottom;
  }
};

struct PlacedPoint {
  double x, y;
  size_t group;
  std::string label;
};

class ScatterDrawing {
 public:
  ScatterDrawing(const ScatterBlock& chart, const ChartSize& size)
      : chart_(chart),
        size_(size),
        x_(scale(chart.x, &ScatterPoint::x)),
        y_(scale(chart.y, &ScatterPoint::y)) {}

  std::string draw(const std::string& id) {
    open_chart(svg_, size_, {id, chart_.title, chart_.description});
    for (const ScatterPoint& point : chart_.points) group_index(point.group);
    const double legend = draw_legend(svg_, groups_, 2, size_.width - 4, false);
    area_ = {tick_label_width(y_, 5) + 14, legend + 30, size_.width - 14, size_.height - 44};
    draw_vertical_axis(svg_, area_, y_, chart_.y.label);
    draw_horizontal_axis(svg_, area_, x_, chart_.x.label);
    const std::vector<PlacedPoint> points = placed_points();
    for (const PlacedPoint& point : points)
      taken_.push_back({point.x - 6, point.y - 6, point.x + 6, point.y + 6});
    for (const PlacedPoint& point : points) draw_label(point);
    for (const PlacedPoint& point : points) draw_marker(svg_, point.group, point.x, point.y);
    svg_.close("svg");
    return svg_.result();
  }

 private:
  AxisScale scale(const Axis& axis, Measurement ScatterPoint::*member) const {
    std::vector<double> values;
    for (const ScatterPoint& point : chart_.points)
      if (point.x.has_value() && point.y.has_value()) values.push_back((point.*member).value());
    return AxisScale::around(std::move(values), axis.is_logarithmic);
  }

  size_t group_index(const std::string& name) {
    const auto found = std::find(groups_.begin(), groups_.end(), name);
    const auto index = static_cast<size_t>(found - groups_.begin());
    if (found == groups_.end()) groups_.push_back(name);
    return index;
  }

  std::vector<PlacedPoint> placed_points() {
    std::vector<PlacedPoint> points;
    for (const ScatterPoint& point : chart_.points) {
      if (!point.x.has_value() || !point.y.has_value()) continue;
      if (!x_.can_show(point.x.value()) || !y_.can_show(point.y.value())) continue;
      points.push_back({x_.place(point.x.value(), area_.left, area_.right),
                        y_.place(point.y.value(), area_.bottom, area_.top),
                        group_index(point.group), point.label});
    }
    return points;
  }

  /// The first place around the point that hides nothing; none when every place does.
  void draw_label(const PlacedPoint& point) {
    const std::string text = fitted_text(point.label, (area_.right - area_.left) * 0.7, kChartFont);
    const double width = text_width(text, kChartFont);
    const Box frame{area_.left, area_.top, area_.right, area_.bottom};
    const double above = point.y - kReach - kLine, below = point.y + kReach;
    const double middle = point.y - kLine / 2, centred = point.x - width / 2;
    const double right = point.x + kReach, left = point.x - kReach - width;
    const std::array<std::pair<double, double>, 8> corners = {{{right, middle},
                                                               {left, middle},
                                                               {centred, above},
                                                               {centred, below},
                                                               {right, above},
                                                               {left, above},
                                                               {right, below},
                                                               {left, below}}};
    for (const auto& [x, y] : corners) {
      const Box box{x, y, x + width, y + kLine};
      const bool is_free = std::none_of(taken_.begin(), taken_.end(),
                                        [&](const Box& other) { return box.meets(other); });
      if (!is_free || !box.is_inside(frame)) continue;
      taken_.push_back(box);
      svg_.text("text", {{"class", "halo point-label"}, {"x", x}, {"y", y + 11}}, text);
      return;
    }
  }

  const ScatterBlock& chart_;
  ChartSize size_;
  AxisScale x_, y_;
  PlotArea area_{};
  SvgWriter svg_;
  std::vector<std::string> groups_;
  std::vector<Box> taken_;
};

}  // namespace

std::string draw_scatter(const ScatterBlock& chart, const ChartSize& size, const std::string& id) {
  return ScatterDrawing(chart, size).draw(id);
}

}  // namespace limbeck::nlp
