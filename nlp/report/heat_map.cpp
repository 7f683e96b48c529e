#include <algorithm>
#include <cmath>

#include "nlp/report/svg_chart.h"

namespace limbeck::nlp {
namespace {

constexpr double kRow = 19;         // px height of a row: labels do not touch
constexpr double kStrongest = 0.6;  // opacity of the largest value: numbers in it stay readable
constexpr int kSwatches = 5;

class HeatMapDrawing {
 public:
  HeatMapDrawing(const HeatMapBlock& chart, const ChartSize& size) : chart_(chart), size_(size) {
    for (const auto& row : chart.values)
      for (const Measurement& value : row)
        if (value.has_value()) most_ = std::max(most_, value.value());
  }

  std::string draw(const std::string& id) {
    const double labels = label_width();
    const auto columns = static_cast<double>(std::max<size_t>(1, chart_.columns.size()));
    cell_ = std::min(64.0, (size_.width - labels - 16) / columns);
    left_ = labels + 8;
    top_ = 24;
    const double bottom = top_ + kRow * static_cast<double>(chart_.rows.size());
    size_.height = bottom + 40;
    open_chart(svg_, size_, {id, chart_.title, chart_.description});
    draw_column_labels();
    for (size_t r = 0; r < chart_.rows.size(); ++r) draw_row(r);
    draw_key(bottom + 26);
    svg_.close("svg");
    return svg_.result();
  }

 private:
  /// Names of columns fit over their cells; else columns have numbers, which the rows repeat.
  bool has_column_names() const {
    return std::ranges::all_of(chart_.columns, [&](const std::string& name) {
      return text_width(name, kChartFont) + 6 <= cell_;
    });
  }

  std::string row_label(size_t r) const {
    const bool is_square = chart_.rows == chart_.columns;
    return is_square ? std::to_string(r + 1) + " " + chart_.rows[r] : chart_.rows[r];
  }

  double label_width() const {
    double widest = 0;
    for (size_t r = 0; r < chart_.rows.size(); ++r)
      widest = std::max(widest, text_width(row_label(r), kChartFont));
    return std::min(widest, size_.width * 0.38);
  }

  void draw_column_labels() {
    if (has_column_names()) {
      for (size_t c = 0; c < chart_.columns.size(); ++c) column_label(c, chart_.columns[c]);
      return;
    }
    const auto step = static_cast<size_t>(std::max(1.0, std::ceil(26 / cell_)));
    for (size_t c = 0; c < chart_.columns.size(); ++c)
      if (c == 0 || (c + 1) % step == 0) column_label(c, std::to_string(c + 1));
  }

  void column_label(size_t c, const std::string& text) {
    svg_.text("text",
              {{"class", "tick"},
               {"x", left_ + cell_ * (static_cast<double>(c) + 0.5)},
               {"y", top_ - 7},
               {"text-anchor", "middle"}},
              text);
  }

  double opacity(double value) const {
    return most_ > 0 && value > 0 ? kStrongest * value / most_ : 0;
  }

  void draw_row(size_t r) {
    const double y = top_ + kRow * static_cast<double>(r);
    svg_.text("text", {{"class", "tick"}, {"x", left_ - 8}, {"y", y + 14}, {"text-anchor", "end"}},
              fitted_text(row_label(r), left_ - 10, kChartFont));
    for (size_t c = 0; c < chart_.columns.size(); ++c) {
      const Measurement& value = chart_.values[r][c];
      const double x = left_ + cell_ * static_cast<double>(c);
      svg_.empty("rect",
                 {{"class", "cell-frame"}, {"x", x}, {"y", y}, {"width", cell_}, {"height", kRow}});
      if (!value.has_value()) continue;
      draw_shade(x, y, cell_, opacity(value.value()));
      const std::string text = format_measurement(value, chart_.format);
      if (text_width(text, kChartFont) + 6 > cell_) continue;
      svg_.text(
          "text",
          {{"class", "value"}, {"x", x + cell_ / 2}, {"y", y + 14}, {"text-anchor", "middle"}},
          text);
    }
  }

  void draw_shade(double x, double y, double width, double strength) {
    if (strength <= 0) return;
    svg_.empty("rect", {{"class", "cell"},
                        {"fill-opacity", strength},
                        {"x", x},
                        {"y", y},
                        {"width", width},
                        {"height", kRow}});
  }

  /// From bare to the strongest shade, with the numbers of both ends.
  void draw_key(double y) {
    const std::string label = fitted_text(chart_.value_label, size_.width * 0.45, kChartFont);
    svg_.text("text", {{"class", "axis-label"}, {"x", 2.0}, {"y", y}}, label);
    double x = 2 + text_width(label, kChartFont) + 12;
    const std::string least = "0", most = format_number(most_, chart_.format);
    svg_.text("text", {{"class", "tick"}, {"x", x}, {"y", y}}, least);
    x += text_width(least, kChartFont) + 6;
    for (int i = 1; i <= kSwatches; ++i, x += 14)
      draw_shade(x, y - 14, 14, kStrongest * i / kSwatches);
    svg_.text("text", {{"class", "tick"}, {"x", x + 6}, {"y", y}}, most);
  }

  const HeatMapBlock& chart_;
  ChartSize size_;
  double most_ = 0, cell_ = 0, left_ = 0, top_ = 0;
  SvgWriter svg_;
};

}  // namespace

std::string draw_heat_map(const HeatMapBlock& chart, const ChartSize& size, const std::string& id) {
  return HeatMapDrawing(chart, size).draw(id);
}

}  // namespace limbeck::nlp
