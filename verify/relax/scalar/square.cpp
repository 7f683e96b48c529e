#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor squared(const at::Tensor& x) { return x.square(); }
at::Tensor derivative(const at::Tensor& x) { return 2 * x; }

at::Tensor value(const Node&, const at::Tensor& x) { return x.square(); }

Interval interval(const Node&, const Interval& x) { return valley_interval(squared, x, 0, 0); }

Lines lines(const Node&, const Interval& x) {
  return convex_lines(squared, derivative, x, (x.lower + x.upper) * 0.5);
}

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return convex_lines(squared, derivative, x,
                      moved_point((x.lower + x.upper) * 0.5, x, shift.lower));
}

}  // namespace

const ScalarRule kSquare = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
