#include <torch/torch.h>

#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {

Lines kinked_lines(const Curve& f, const std::vector<double>& kinks,
                   const std::vector<double>& slopes, const Interval& x) {
  const at::Tensor middle = (x.lower + x.upper) * 0.5;
  std::vector<at::Tensor> points = {x.lower, x.upper};
  for (const double kink : kinks)
    points.push_back(at::minimum(at::maximum(at::full_like(middle, kink), x.lower), x.upper));
  const double least = *std::min_element(slopes.begin(), slopes.end());
  const double most = *std::max_element(slopes.begin(), slopes.end());
  std::vector<at::Tensor> candidates = {chord_slope(
      x, f(x.lower), f(x.upper), at::full_like(middle, least), at::full_like(middle, most))};
  for (const double slope : slopes) candidates.push_back(at::full_like(middle, slope));
  Lines lines;
  for (const at::Tensor& slope : candidates) {
    at::Tensor low, high;
    for (const at::Tensor& point : points) {
      const at::Tensor rest = f(point) - slope * point;
      low = low.defined() ? at::minimum(low, rest) : rest;
      high = high.defined() ? at::maximum(high, rest) : rest;
    }
    if (!lines.lower_slope.defined()) {
      lines = {slope, low, slope, high};
      continue;
    }
    const at::Tensor is_higher =
        slope * middle + low > lines.lower_slope * middle + lines.lower_offset;
    const at::Tensor is_lower =
        slope * middle + high < lines.upper_slope * middle + lines.upper_offset;
    lines = {at::where(is_higher, slope, lines.lower_slope),
             at::where(is_higher, low, lines.lower_offset),
             at::where(is_lower, slope, lines.upper_slope),
             at::where(is_lower, high, lines.upper_offset)};
  }
  return lines;
}

}  // namespace limbeck::verify
