#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <limits>

#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

constexpr int kBisections = 30;

/// A bracket of where f' - slope changes sign in [a, b], or of an end when it does not.
Interval critical_bracket(const SmoothCurve& curve, at::Tensor a, at::Tensor b,
                          const at::Tensor& slope) {
  const at::Tensor is_above = curve.derivative(a) > slope;
  for (int i = 0; i < kBisections; ++i) {
    const at::Tensor c = (a + b) * 0.5;
    const at::Tensor is_left = (curve.derivative(c) > slope) == is_above;
    a = at::where(is_left, c, a);
    b = at::where(is_left, b, c);
  }
  return {a, b};
}

/// The point c of [l, u] as l + t (u - l), t constant: where the extreme is at an end, it moves
/// with that end; inside, the derivative to c is 0.
at::Tensor at_share_of(const Interval& x, const at::Tensor& c) {
  const at::Tensor width = (x.upper - x.lower).detach();
  const at::Tensor t = (c - x.lower.detach()) / width.masked_fill(width == 0, 1);
  const at::Tensor moving = x.lower + t * (x.upper - x.lower);
  return c + (moving - moving.detach());
}

struct Extremes {
  at::Tensor least, most;  // of f(x) - slope x
};

Extremes extremes(const SmoothCurve& curve, const Interval& x, const at::Tensor& slope) {
  const at::Tensor at_lower = curve.value(x.lower) - slope * x.lower;
  const at::Tensor at_upper = curve.value(x.upper) - slope * x.upper;
  Extremes result{at::minimum(at_lower, at_upper), at::maximum(at_lower, at_upper)};
  const double infinity = std::numeric_limits<double>::infinity();
  double left = -infinity;
  for (size_t i = 0; i <= curve.inflections.size(); ++i) {
    const double right = i < curve.inflections.size() ? curve.inflections[i] : infinity;
    Interval bracket;
    {
      const at::NoGradGuard no_gradient;
      const at::Tensor l = x.lower.detach(), u = x.upper.detach();
      const at::Tensor a = at::minimum(l.clamp_min(left), u),
                       b = at::maximum(u.clamp_max(right), l);
      if (!(a < b).any().item<bool>()) {
        left = right;
        continue;
      }
      bracket = critical_bracket(curve, a, at::maximum(a, b), slope.detach());
    }
    const at::Tensor c = at_share_of(x, (bracket.lower + bracket.upper) * 0.5);
    const at::Tensor value = curve.value(c) - slope * c;
    const at::Tensor margin = 0.5 * curve.curvature(x) * (bracket.upper - bracket.lower).square();
    result = {at::minimum(result.least, value - margin), at::maximum(result.most, value + margin)};
    left = right;
  }
  return result;
}

}  // namespace

Lines smooth_lines(const SmoothCurve& curve, const Interval& x, const LineShift& shift) {
  const Lines usual = smooth_lines(curve, x);
  const at::Tensor below = usual.lower_slope + shift.lower, above = usual.upper_slope + shift.upper;
  return {below, extremes(curve, x, below).least, above, extremes(curve, x, above).most};
}

Lines smooth_lines(const SmoothCurve& curve, const Interval& x) {
  const at::Tensor middle = (x.lower + x.upper) * 0.5;
  const at::Tensor steep = at::full_like(middle, 1e30);
  const at::Tensor wide = chord_slope(x, curve.value(x.lower), curve.value(x.upper), -steep, steep);
  const at::Tensor tangent = curve.derivative(middle);
  const at::Tensor chord = at::where(x.upper > x.lower, wide, tangent);
  const Extremes by_chord = extremes(curve, x, chord), by_tangent = extremes(curve, x, tangent);
  const at::Tensor chord_height = chord * middle, tangent_height = tangent * middle;
  const at::Tensor is_chord_up = chord_height + by_chord.most <= tangent_height + by_tangent.most;
  const at::Tensor is_chord_low =
      chord_height + by_chord.least >= tangent_height + by_tangent.least;
  return {at::where(is_chord_low, chord, tangent),
          at::where(is_chord_low, by_chord.least, by_tangent.least),
          at::where(is_chord_up, chord, tangent),
          at::where(is_chord_up, by_chord.most, by_tangent.most)};
}

}  // namespace limbeck::verify
