#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

/// x^p for real p on x > 0 (x >= 0 for p > 0): concave for 0 < p < 1, else convex; rising for p >
/// 0.
namespace limbeck::verify {
namespace {

double exponent(const Node& node) { return node.numbers[0]; }

at::Tensor value(const Node& node, const at::Tensor& x) { return x.pow(exponent(node)); }

Interval interval(const Node& node, const Interval& x) {
  const double p = exponent(node);
  const at::Tensor low = value(node, x.lower), high = value(node, x.upper);
  if (p > 0) return unbounded_where({low, high}, x.lower < 0);
  return unbounded_where({high, low}, x.lower <= 0);
}

/// The slope at 0 is infinite for p < 1; there only the chord and the tangent inside are asked for,
/// and a point interval gets constants.
Lines lines_at(const Node& node, const Interval& x, const at::Tensor& point) {
  const double p = exponent(node);
  const Curve f = [p](const at::Tensor& t) { return t.pow(p); };
  const Curve derivative = [p](const at::Tensor& t) { return p * t.pow(p - 1); };
  const bool is_concave = p > 0 && p < 1;
  Lines lines =
      is_concave ? concave_lines(f, derivative, x, point) : convex_lines(f, derivative, x, point);
  const at::Tensor is_zero = x.upper == 0, zero = at::zeros_like(x.upper);
  for (at::Tensor* part :
       {&lines.lower_slope, &lines.lower_offset, &lines.upper_slope, &lines.upper_offset})
    *part = at::where(is_zero, zero, *part);
  return lines;
}

/// The geometric mean where the curve falls, so that the tangent below stays positive for longer;
/// else the middle.
at::Tensor contact(const Node& node, const Interval& x) {
  if (exponent(node) > 0) return (x.lower + x.upper) * 0.5;
  return at::maximum(at::minimum((x.lower * x.upper).sqrt(), x.upper), x.lower);
}

Lines lines(const Node& node, const Interval& x) { return lines_at(node, x, contact(node, x)); }

Lines shifted(const Node& node, const Interval& x, const LineShift& shift) {
  const double p = exponent(node);
  const at::Tensor& by = p > 0 && p < 1 ? shift.upper : shift.lower;
  at::Tensor point = moved_point(contact(node, x), x, by);
  if (p > 0 && p < 1) point = at::where(point > 0, point, contact(node, x));  // no slope at 0
  return lines_at(node, x, point);
}

}  // namespace

const ScalarRule kRealPower = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
