#include "nlp/report/chart_frame.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace limbeck::nlp {
namespace {

constexpr double kMarker = 4.0;  // half the size of a marker in px
constexpr std::array<const char*, kMaxSeries> kDashes = {"none",    "7 3", "2 3",
                                                         "9 3 2 3", "4 4", "12 4"};

using Corners = std::vector<std::pair<double, double>>;

/// Corners of the closed shape of a marker around (0, 0), in units of kMarker.
const std::array<Corners, kMaxSeries> kShapes = {{{},  // a circle
                                                  {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}},
                                                  {{0, -1.2}, {1.2, 1}, {-1.2, 1}},
                                                  {{0, -1.4}, {1.4, 0}, {0, 1.4}, {-1.4, 0}},
                                                  {{0, 1.2}, {1.2, -1}, {-1.2, -1}},
                                                  {{-1.5, 0}, {0, -0.8}, {1.5, 0}, {0, 0.8}}}};

}  // namespace

void open_chart(SvgWriter& svg, const ChartSize& size, const ChartCaption& caption) {
  const std::string title_id = caption.id + "-title", description_id = caption.id + "-description";
  svg.open("svg", {{"viewBox", "0 0 " + coordinate(size.width) + " " + coordinate(size.height)},
                   {"role", "img"},
                   {"aria-labelledby", title_id + " " + description_id}});
  svg.text("title", {{"id", title_id}}, caption.title);
  svg.text("desc", {{"id", description_id}}, caption.description);
}

constexpr double kRightMargin = 14;  // the least that charts leave beside their area

double tick_label_width(const AxisScale& scale, int tick_count) {
  double widest = 0;
  for (const double tick : scale.ticks(tick_count))
    widest = std::max(widest, text_width(format_tick(tick), kChartFont));
  return widest;
}

void draw_horizontal_axis(SvgWriter& svg, const PlotArea& area, const AxisScale& scale,
                          const std::string& label) {
  const int count = std::max(2, static_cast<int>((area.right - area.left) / 72));
  double free_from = 0;
  for (const double tick : scale.ticks(count)) {
    const double x = scale.place(tick, area.left, area.right);
    svg.empty("line",
              {{"class", "grid"}, {"x1", x}, {"y1", area.top}, {"x2", x}, {"y2", area.bottom}});
    const std::string text = format_tick(tick);
    const double half = text_width(text, kChartFont) / 2;
    const double middle = std::min(x, area.right + kRightMargin - 1 - half);  // not cut at the end
    if (middle - half < free_from) continue;  // ticks of a logarithmic axis may stand close
    svg.text("text",
             {{"class", "tick"}, {"x", middle}, {"y", area.bottom + 18}, {"text-anchor", "middle"}},
             text);
    free_from = middle + half + 6;
  }
  svg.empty("line", {{"class", "axis"},
                     {"x1", area.left},
                     {"y1", area.bottom},
                     {"x2", area.right},
                     {"y2", area.bottom}});
  svg.text(
      "text",
      {{"class", "axis-label"}, {"x", area.right}, {"y", area.bottom + 37}, {"text-anchor", "end"}},
      fitted_text(label + " \u2192", area.right - 8, kChartFont));
}

void draw_vertical_axis(SvgWriter& svg, const PlotArea& area, const AxisScale& scale,
                        const std::string& label) {
  for (const double tick : scale.ticks(5)) {
    const double y = scale.place(tick, area.bottom, area.top);
    svg.empty("line",
              {{"class", "grid"}, {"x1", area.left}, {"y1", y}, {"x2", area.right}, {"y2", y}});
    svg.text("text",
             {{"class", "tick"}, {"x", area.left - 7}, {"y", y + 4}, {"text-anchor", "end"}},
             format_tick(tick));
  }
  svg.text("text", {{"class", "axis-label"}, {"x", 2.0}, {"y", area.top - 11}},
           fitted_text("\u2191 " + label, area.right - 2, kChartFont));
}

void draw_marker(SvgWriter& svg, size_t index, double x, double y) {
  const std::string name = "mark " + series_class(index);
  const Corners& corners = kShapes[index % kMaxSeries];
  if (corners.empty()) {
    svg.empty("circle", {{"class", name}, {"cx", x}, {"cy", y}, {"r", kMarker}});
    return;
  }
  std::string path;
  for (const auto& [dx, dy] : corners)
    path += path_step(path.empty() ? 'M' : 'L', x + dx * kMarker, y + dy * kMarker);
  svg.empty("path", {{"class", name}, {"d", path + "Z"}});
}

std::string series_class(size_t index) {
  return std::string("s").append(std::to_string(index % kMaxSeries));
}

std::string series_dash(size_t index) { return kDashes[index % kMaxSeries]; }

double draw_legend(SvgWriter& svg, const std::vector<std::string>& names, double left, double width,
                   bool has_lines) {
  if (names.size() < 2) return 0;
  constexpr double kRow = 20, kGap = 16;
  const double swatch = has_lines ? 30 : 15;
  double x = left, y = 12;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name = fitted_text(names[i], width - swatch, kChartFont);
    const double needed = swatch + text_width(name, kChartFont);
    if (x > left && x + needed > left + width) {
      x = left;
      y += kRow;
    }
    if (has_lines)
      svg.empty("line", {{"class", "line " + series_class(i)},
                         {"stroke-dasharray", series_dash(i)},
                         {"x1", x},
                         {"y1", y},
                         {"x2", x + 24},
                         {"y2", y}});
    draw_marker(svg, i, x + (has_lines ? 12 : 5), y);
    svg.text("text", {{"class", "legend"}, {"x", x + swatch}, {"y", y + 4}}, name);
    x += needed + kGap;
  }
  return y + 12;
}

}  // namespace limbeck::nlp
