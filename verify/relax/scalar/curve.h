#pragma once

#include <functional>

#include "verify/relax/operation.h"

/// Lines of whole families of functions. In all of them the slope comes first and the offset is
/// then the exact worst case of f(x) - slope x over the interval, so that a slope can be rounded,
/// clamped or learnt without harm.
namespace limbeck::verify {

using Curve = std::function<at::Tensor(const at::Tensor&)>;

/// (f(u) - f(l)) / (u - l), within [least, most], which must contain it in exact arithmetic;
/// `least` where l == u.
at::Tensor chord_slope(const Interval& x, const at::Tensor& f_lower, const at::Tensor& f_upper,
                       const at::Tensor& least, const at::Tensor& most);

/// Convex f: the chord above, the tangent at `point` below.
///
/// Shapes:  point as x, l <= point <= u.
/// Source:  convexity: every tangent is below f, and f - slope x is largest at an end.
Lines convex_lines(const Curve& f, const Curve& derivative, const Interval& x,
                   const at::Tensor& point);

/// The point that `by` times the width takes `point` to, kept within the interval: what a shift of
/// a tangent means.
at::Tensor moved_point(const at::Tensor& point, const Interval& x, const at::Tensor& by);

/// Concave f: the tangent at `point` above, the chord below.
Lines concave_lines(const Curve& f, const Curve& derivative, const Interval& x,
                    const at::Tensor& point);

/// f increasing, odd around 0 up to a constant, convex below 0 and concave above.
struct SShape {
  Curve value, derivative;
  /// The x >= 0 with f'(x) == slope, for 0 < slope <= f'(0); infinity for slope 0.
  Curve inverse_derivative;
};

/// Upper line: chord, tangent at the midpoint or tangent through the left end, whichever is sound
/// and lowest; lower line by symmetry.
/// Source:  Zhang et al. 2018 (CROWN), sec. 3.3; differs: the offset comes from the critical points
///          +-inverse_derivative(slope), so the bisection for the tangent needs no safe side.
Lines s_shaped_lines(const SShape& shape, const Interval& x);
/// The shift times f'(0) is added to the slopes, which stay within [0, f'(0)].
Lines s_shaped_lines(const SShape& shape, const Interval& x, const LineShift& shift);

/// f with a derivative that is monotone between neighbouring `inflections` (ascending).
struct SmoothCurve {
  Curve value, derivative;
  std::vector<double> inflections;
  std::function<at::Tensor(const Interval&)> curvature;  ///< at least |f''| on each interval
};

/// The better (lower at the midpoint, or higher) of chord slope and slope at the midpoint.
/// Critical points by bisection on each monotone piece of f'; the offset then has a margin of
/// |f''| w^2 / 2 for a bracket of width w, which is what a point of the bracket can miss the
/// extreme by.
Lines smooth_lines(const SmoothCurve& curve, const Interval& x);
/// The shift is added to the slopes.
Lines smooth_lines(const SmoothCurve& curve, const Interval& x, const LineShift& shift);

/// Piecewise linear f with these kinks and slopes.
Lines kinked_lines(const Curve& f, const std::vector<double>& kinks,
                   const std::vector<double>& slopes, const Interval& x);
/// The shift times the range of the slopes is added to them, within that range.
Lines kinked_lines(const Curve& f, const std::vector<double>& kinks,
                   const std::vector<double>& slopes, const Interval& x, const LineShift& shift);

/// [f(l), f(u)] of an increasing f.
Interval increasing_interval(const Curve& f, const Interval& x);

/// f that falls until `lowest` and rises from there; `least` <= f(lowest).
Interval valley_interval(const Curve& f, const Interval& x, double lowest, double least);

/// Elements with l <= 0 (or l < 0, u > 0, ...) where `is_unbounded`: -inf, inf.
Interval unbounded_where(const Interval& y, const at::Tensor& is_unbounded);

}  // namespace limbeck::verify
