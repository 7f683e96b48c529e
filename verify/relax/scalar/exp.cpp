#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor exponential(const at::Tensor& x) { return x.exp(); }

at::Tensor value(const Node&, const at::Tensor& x) { return x.exp(); }

Interval interval(const Node&, const Interval& x) { return {x.lower.exp(), x.upper.exp()}; }

/// The tangent below touches left of l + 1, so that it stays positive: what divides by a sum of
/// exponentials needs that.
/// Source:  Shi et al. 2020, app. on exp.
at::Tensor contact(const Interval& x) {
  return at::minimum((x.lower + x.upper) * 0.5, x.lower + 0.99);
}

Lines lines(const Node&, const Interval& x) {
  return convex_lines(exponential, exponential, x, contact(x));
}

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return convex_lines(exponential, exponential, x, moved_point(contact(x), x, shift.lower));
}

}  // namespace

const ScalarRule kExp = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
