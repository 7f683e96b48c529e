#include <ATen/ATen.h>

#include "verify/relax/clamped.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {

namespace {

/// Where f - slope x can have its extremes: the ends and the kinks between them.
std::vector<at::Tensor> corners(const std::vector<double>& kinks, const Interval& x) {
  std::vector<at::Tensor> points = {x.lower, x.upper};
  for (const double kink : kinks)
    points.push_back(at::minimum(at::maximum(at::full_like(x.lower, kink), x.lower), x.upper));
  return points;
}

struct Rest {
  at::Tensor least, most;  // of f(x) - slope x
};

Rest rest_of(const Curve& f, const std::vector<at::Tensor>& points, const at::Tensor& slope) {
  Rest rest;
  for (const at::Tensor& point : points) {
    const at::Tensor here = f(point) - slope * point;
    rest.least = rest.least.defined() ? at::minimum(rest.least, here) : here;
    rest.most = rest.most.defined() ? at::maximum(rest.most, here) : here;
  }
  return rest;
}

}  // namespace

Lines kinked_lines(const Curve& f, const std::vector<double>& kinks,
                   const std::vector<double>& slopes, const Interval& x, const LineShift& shift) {
  const Lines usual = kinked_lines(f, kinks, slopes, x);
  const double least = *std::min_element(slopes.begin(), slopes.end());
  const double most = *std::max_element(slopes.begin(), slopes.end());
  const auto moved = [&](const at::Tensor& slope, const at::Tensor& by) {
    return clamped(slope + by * (most - least), least, most);
  };
  const at::Tensor below = moved(usual.lower_slope, shift.lower),
                   above = moved(usual.upper_slope, shift.upper);
  const std::vector<at::Tensor> points = corners(kinks, x);
  return {below, rest_of(f, points, below).least, above, rest_of(f, points, above).most};
}

Lines kinked_lines(const Curve& f, const std::vector<double>& kinks,
                   const std::vector<double>& slopes, const Interval& x) {
  const at::Tensor middle = (x.lower + x.upper) * 0.5;
  const std::vector<at::Tensor> points = corners(kinks, x);
  const double least = *std::min_element(slopes.begin(), slopes.end());
  const double most = *std::max_element(slopes.begin(), slopes.end());
  std::vector<at::Tensor> candidates = {chord_slope(
      x, f(x.lower), f(x.upper), at::full_like(middle, least), at::full_like(middle, most))};
  for (const double slope : slopes) candidates.push_back(at::full_like(middle, slope));
  Lines lines;
  for (const at::Tensor& slope : candidates) {
    const auto [low, high] = rest_of(f, points, slope);
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
