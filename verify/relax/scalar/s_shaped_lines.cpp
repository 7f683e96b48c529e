#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

constexpr int kBisections = 16;

/// Where the tangent through (l, f(l)) touches the concave side, for l < 0 < u: bisection of
/// f'(d) (d - l) = f(d) - f(l), whose left side falls faster.
at::Tensor tangent_point(const SShape& shape, const at::Tensor& l, const at::Tensor& u) {
  const at::NoGradGuard no_gradient;
  at::Tensor low = u.clamp_min(0).detach() * 0, high = u.clamp_min(0).detach();
  const at::Tensor start = l.detach(), f_start = shape.value(start);
  for (int i = 0; i < kBisections; ++i) {
    const at::Tensor d = (low + high) * 0.5;
    const at::Tensor is_short = shape.derivative(d) * (d - start) > shape.value(d) - f_start;
    low = at::where(is_short, d, low);
    high = at::where(is_short, high, d);
  }
  return high;
}

/// Slope of that tangent, as the chord from l to its point d. The chord is steepest at d, so that
/// the error of d enters squared, and d counts as a constant where the slope is differentiated.
at::Tensor tangent_slope(const SShape& shape, const at::Tensor& l, const at::Tensor& u) {
  const at::Tensor d = tangent_point(shape, l, u), width = d - l;
  const at::Tensor is_wide = width > 0;
  const at::Tensor slope = (shape.value(d) - shape.value(l)) / width.masked_fill(~is_wide, 1);
  return at::maximum(slope, shape.derivative(u));
}

/// Largest f(x) - slope x on [l, u]: at an end, or where f' falls through the slope.
at::Tensor worst_above(const SShape& shape, const at::Tensor& l, const at::Tensor& u,
                       const at::Tensor& slope) {
  at::Tensor worst = at::maximum(shape.value(l) - slope * l, shape.value(u) - slope * u);
  // At an extreme the derivative to c is 0: c counts as a constant unless an end holds it.
  const at::Tensor c = at::minimum(at::maximum(shape.inverse_derivative(slope).detach(), l), u);
  return at::maximum(worst, shape.value(c) - slope * c);
}

/// Least f(x) - slope x on [l, u]: at an end, or where f' rises through the slope.
at::Tensor worst_below(const SShape& shape, const at::Tensor& l, const at::Tensor& u,
                       const at::Tensor& slope) {
  at::Tensor worst = at::minimum(shape.value(l) - slope * l, shape.value(u) - slope * u);
  const at::Tensor c = at::minimum(at::maximum(-shape.inverse_derivative(slope).detach(), l), u);
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

Lines lines_of_slopes(const SShape& shape, const Interval& x, const at::Tensor& below,
                      const at::Tensor& above) {
  return {below, worst_below(shape, x.lower, x.upper, below), above,
          worst_above(shape, x.lower, x.upper, above)};
}

struct Slopes {
  at::Tensor below, above;
};

Slopes usual_slopes(const SShape& shape, const Interval& x) {
  // f' is even: the lower slope is the upper slope of the mirrored interval.
  return {upper_slope(shape, -x.upper, -x.lower), upper_slope(shape, x.lower, x.upper)};
}

}  // namespace

Lines s_shaped_lines(const SShape& shape, const Interval& x) {
  const Slopes usual = usual_slopes(shape, x);
  return lines_of_slopes(shape, x, usual.below, usual.above);
}

Lines s_shaped_lines(const SShape& shape, const Interval& x, const LineShift& shift) {
  const Slopes usual = usual_slopes(shape, x);
  const at::Tensor steepest = shape.derivative(at::zeros_like(x.lower));
  const auto moved = [&](const at::Tensor& slope, const at::Tensor& by) {
    return at::minimum((slope + by * steepest).clamp_min(0), steepest);
  };
  return lines_of_slopes(shape, x, moved(usual.below, shift.lower),
                         moved(usual.above, shift.upper));
}

}  // namespace limbeck::verify
