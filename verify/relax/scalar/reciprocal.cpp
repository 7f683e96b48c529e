#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor inverse(const at::Tensor& x) { return 1 / x; }
at::Tensor derivative(const at::Tensor& x) { return -1 / x.square(); }

at::Tensor value(const Node&, const at::Tensor& x) { return 1 / x; }

Interval interval(const Node&, const Interval& x) {
  return unbounded_where({1 / x.upper, 1 / x.lower}, (x.lower <= 0) & (x.upper >= 0));
}

/// Convex and falling on x > 0; on x < 0 by 1 / x = -(1 / -x). The tangent touches at the geometric
/// mean, moved by `by` where there is one.
Lines lines_moved(const Interval& x, const at::Tensor& by) {
  const at::Tensor is_negative = x.upper < 0;
  const Interval positive{at::where(is_negative, -x.upper, x.lower),
                          at::where(is_negative, -x.lower, x.upper)};
  at::Tensor point = at::maximum(
      at::minimum((positive.lower * positive.upper).sqrt(), positive.upper), positive.lower);
  if (by.defined()) point = moved_point(point, positive, by);
  const Lines lines = convex_lines(inverse, derivative, positive, point);
  return {at::where(is_negative, lines.upper_slope, lines.lower_slope),
          at::where(is_negative, -lines.upper_offset, lines.lower_offset),
          at::where(is_negative, lines.lower_slope, lines.upper_slope),
          at::where(is_negative, -lines.lower_offset, lines.upper_offset)};
}

Lines lines(const Node&, const Interval& x) { return lines_moved(x, {}); }

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return lines_moved(x, at::where(x.upper < 0, shift.upper, shift.lower));
}

}  // namespace

const ScalarRule kReciprocal = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
