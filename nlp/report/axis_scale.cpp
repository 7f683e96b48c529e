#include "nlp/report/axis_scale.h"

#include <algorithm>
#include <cmath>

namespace limbeck::nlp {
namespace {

constexpr double kMargin = 0.05;    // share of the range added at each end
constexpr double kRounding = 1e-9;  // of one step: keeps a tick at the very end of the range
constexpr double kLargest = 1e150;  // differences of larger values would overflow

/// The step 1, 2 or 5 times a power of ten that gives at most `count` intervals.
double round_step(double range, int count) {
  const double rough = range / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * (1 - kRounding)) return factor * power;
  return 10.0 * power;
}

std::vector<double> linear_ticks(double low, double high, int count) {
  const double step = round_step(high - low, count);
  std::vector<double> ticks;
  for (double index = std::ceil(low / step - kRounding); index * step <= high + kRounding * step;
       ++index)
    ticks.push_back(index * step);
  return ticks;
}

std::vector<double> decade_ticks(double low, double high, const std::vector<double>& factors,
                                 int stride) {
  std::vector<double> ticks;
  const int first = static_cast<int>(std::floor(std::log10(low)));
  const int last = static_cast<int>(std::ceil(std::log10(high)));
  for (int decade = first; decade <= last; decade += stride)
    for (const double factor : factors) {
      const double tick = factor * std::pow(10.0, decade);
      if (tick >= low * (1 - kRounding) && tick <= high * (1 + kRounding)) ticks.push_back(tick);
    }
  return ticks;
}

}  // namespace

AxisScale AxisScale::around(std::vector<double> values, bool is_logarithmic) {
  std::erase_if(values, [&](double value) { return is_logarithmic && value <= 0; });
  if (values.empty()) return is_logarithmic ? AxisScale(1, 10, true) : AxisScale(0, 1, false);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double smallest = is_logarithmic ? 1 / kLargest : -kLargest;
  const double low = std::clamp(*least, smallest, kLargest);
  const double high = std::clamp(*most, smallest, kLargest);
  if (is_logarithmic) {
    const double margin = std::pow(high / low, kMargin);
    const double ratio = margin > 1.02 ? margin : 1.5;  // a single value gets room on both sides
    return AxisScale(low / ratio, high * ratio, true);
  }
  double margin = (high - low) * kMargin;
  if (margin <= std::abs(high) * 1e-12) margin = high == 0 ? 1.0 : std::abs(high) * kMargin;
  // A range that starts at zero keeps it as its end.
  return AxisScale(low == 0 ? 0 : low - margin, high == 0 && low < 0 ? 0 : high + margin, false);
}

AxisScale AxisScale::from(double low, double high) {
  const double range = high > low ? high - low : 1.0;
  return AxisScale(low, low + range * (1 + kMargin), false);
}

double AxisScale::place(double value, double first, double last) const {
  const double share = is_logarithmic_ ? std::log(value / low_) / std::log(high_ / low_)
                                       : (value - low_) / (high_ - low_);
  return first + share * (last - first);
}

std::vector<double> AxisScale::ticks(int count) const {
  if (!is_logarithmic_) return linear_ticks(low_, high_, count);
  const double decades = std::log10(high_ / low_);
  if (decades > count) return decade_ticks(low_, high_, {1}, static_cast<int>(decades / count) + 1);
  for (const auto& factors : {std::vector<double>{1}, {1, 3}, {1, 2, 5}}) {
    std::vector<double> ticks = decade_ticks(low_, high_, factors, 1);
    if (ticks.size() >= 3 || (ticks.size() == 2 && factors.size() == 3)) return ticks;
  }
  return linear_ticks(low_, high_, count);
}

}  // namespace limbeck::nlp
