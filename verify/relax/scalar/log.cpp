#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor logarithm(const at::Tensor& x) { return x.log(); }
at::Tensor derivative(const at::Tensor& x) { return 1 / x; }

at::Tensor value(const Node&, const at::Tensor& x) { return x.log(); }

Interval interval(const Node&, const Interval& x) {
  return unbounded_where({x.lower.log(), x.upper.log()}, x.lower <= 0);
}

Lines lines(const Node&, const Interval& x) {
  return concave_lines(logarithm, derivative, x, (x.lower + x.upper) * 0.5);
}

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return concave_lines(logarithm, derivative, x,
                       moved_point((x.lower + x.upper) * 0.5, x, shift.upper));
}

}  // namespace

const ScalarRule kLog = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
