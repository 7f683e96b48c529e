#include <torch/torch.h>

#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

constexpr int kBisections = 16;

/// Slope of the tangent on the concave side that passes through (l, f(l)), for l < 0 < u: bisection
/// of f'(d) (d - l) = f(d) - f(l), whose left side falls faster.
at::Tensor tangent_slope(const SShape& shape, const at::Tensor& l, const at::Tensor& u) {
  const at::NoGradGuard no_gradient;
  at::Tensor low = u.clamp_min(0).detach() * 0, high = u.clamp_min(0).detach();
  const at::Tensor start = l.detach(), f_start = shape.value(start);
  for (int i = 0; i < kBisections; ++i) {
    const at::Tensor d = (low + high) * 0.5;
    const at::Tensor is_short = shape.derivative(d) * (d - start) > shape.value(d) - f_start;
    low = at::where(is_short, d, low);
    high = at::where(is_short, high, d);
  }
  return shape.derivative(high);
}

/// Largest f(x) - slope x on [l, u]: at an end, or where f' falls through the slope.
at::Tensor worst_above(const SShape& shape, const at::Tensor& l, const at::Tensor& u,
                       const at::Tensor& slope) {
  at::Tensor worst = at::maximum(shape.value(l) - slope * l, shape.value(u) - slope * u);
  const at::Tensor c = at::minimum(at::maximum(shape.inverse_derivative(slope), l), u);
  return at::maximum(worst, shape.value(c) - slope * c);
}

/// Least f(x) - slope x on [l, u]: at an end, or where f' rises through the slope.
at::Tensor worst_below(const SShape& shape, const at::Tensor& l, const at::Tensor& u,
                       const at::Tensor& slope) {
  at::Tensor worst = at::minimum(shape.value(l) - slope * l, shape.value(u) - slope * u);
  const at::Tensor c = at::minimum(at::maximum(-shape.inverse_derivative(slope), l), u);
  return at::minimum(worst, shape.value(c) - slope * c);
}

at::Tensor upper_slope(const SShape& shape, const at::Tensor& l, const at::Tensor& u) {
  const at::Tensor slope_l = shape.derivative(l), slope_u = shape.derivative(u);
  const Interval x{l, u};
  const at::Tensor zero = at::zeros_like(l);
  const at::Tensor chord = chord_slope(x, shape.value(l), shape.value(u),
                                       at::minimum(slope_l, slope_u), shape.derivative(zero));
  const at::Tensor middle = shape.derivative((l + u) * 0.5);
  const at::Tensor through_end = at::minimum(tangent_slope(shape, l, u), shape.derivative(zero));
  const at::Tensor mixed = at::where(chord <= slope_u, chord, through_end);
  return at::where(l >= 0, middle, at::where(u <= 0, chord, mixed));
}

}  // namespace

Lines s_shaped_lines(const SShape& shape, const Interval& x) {
  // f' is even: the lower slope is the upper slope of the mirrored interval.
  const at::Tensor above = upper_slope(shape, x.lower, x.upper),
                   below = upper_slope(shape, -x.upper, -x.lower);
  return {below, worst_below(shape, x.lower, x.upper, below), above,
          worst_above(shape, x.lower, x.upper, above)};
}

}  // namespace limbeck::verify
