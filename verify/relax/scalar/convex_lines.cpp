#include <ATen/ATen.h>

#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {

at::Tensor chord_slope(const Interval& x, const at::Tensor& f_lower, const at::Tensor& f_upper,
                       const at::Tensor& least, const at::Tensor& most) {
  const at::Tensor width = x.upper - x.lower;
  const at::Tensor is_wide = width > 0;
  const at::Tensor slope = (f_upper - f_lower) / at::where(is_wide, width, at::ones_like(width));
  return at::where(is_wide, at::minimum(at::maximum(slope, least), most), least);
}

at::Tensor moved_point(const at::Tensor& point, const Interval& x, const at::Tensor& by) {
  return at::minimum(at::maximum(point + by * (x.upper - x.lower), x.lower), x.upper);
}

Lines convex_lines(const Curve& f, const Curve& derivative, const Interval& x,
                   const at::Tensor& point) {
  const at::Tensor f_lower = f(x.lower), f_upper = f(x.upper);
  Lines lines;
  lines.upper_slope = chord_slope(x, f_lower, f_upper, derivative(x.lower), derivative(x.upper));
  lines.upper_offset =
      at::maximum(f_lower - lines.upper_slope * x.lower, f_upper - lines.upper_slope * x.upper);
  lines.lower_slope = derivative(point);
  lines.lower_offset = f(point) - lines.lower_slope * point;
  return lines;
}

Lines concave_lines(const Curve& f, const Curve& derivative, const Interval& x,
                    const at::Tensor& point) {
  const Curve negative = [&](const at::Tensor& t) { return -f(t); };
  const Curve negative_derivative = [&](const at::Tensor& t) { return -derivative(t); };
  const Lines mirrored = convex_lines(negative, negative_derivative, x, point);
  return {-mirrored.upper_slope, -mirrored.upper_offset, -mirrored.lower_slope,
          -mirrored.lower_offset};
}

Interval increasing_interval(const Curve& f, const Interval& x) { return {f(x.lower), f(x.upper)}; }

Interval valley_interval(const Curve& f, const Interval& x, double lowest, double least) {
  const at::Tensor f_lower = f(x.lower), f_upper = f(x.upper);
  const at::Tensor is_inside = (x.lower < lowest) & (x.upper > lowest);
  return {at::minimum(f_lower, f_upper).masked_fill(is_inside, least),
          at::maximum(f_lower, f_upper)};
}

Interval unbounded_where(const Interval& y, const at::Tensor& is_unbounded) {
  const double infinity = std::numeric_limits<double>::infinity();
  return {y.lower.masked_fill(is_unbounded, -infinity),
          y.upper.masked_fill(is_unbounded, infinity)};
}

}  // namespace limbeck::verify
