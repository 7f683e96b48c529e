#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor inverse_root(const at::Tensor& x) { return x.rsqrt(); }
at::Tensor derivative(const at::Tensor& x) { return -0.5 * x.rsqrt() / x; }

at::Tensor value(const Node&, const at::Tensor& x) { return x.rsqrt(); }

Interval interval(const Node&, const Interval& x) {
  return unbounded_where({x.upper.rsqrt(), x.lower.rsqrt()}, x.lower <= 0);
}

/// Convex and falling. The tangent touches at the geometric mean, which keeps it positive on
/// intervals up to u = 9 l and halves the largest error against the midpoint.
at::Tensor contact(const Interval& x) { return at::minimum((x.lower * x.upper).sqrt(), x.upper); }

Lines lines(const Node&, const Interval& x) {
  return convex_lines(inverse_root, derivative, x, contact(x));
}

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return convex_lines(inverse_root, derivative, x, moved_point(contact(x), x, shift.lower));
}

}  // namespace

const ScalarRule kRsqrt = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
