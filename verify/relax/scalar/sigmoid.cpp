#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

/// y (1 - y) = s has the smaller root 2 s / (1 + sqrt(1 - 4 s)), which does not cancel for small s;
/// the point is its mirror image ln((1 - y) / y).
at::Tensor inverse_derivative(const at::Tensor& s) {
  const at::Tensor y = 2 * s / (1 + (1 - 4 * s).clamp(0, 1).sqrt());
  return ((-y).log1p() - y.log()).clamp_min(0);
}

const SShape& shape() {
  static const SShape sigmoid{[](const at::Tensor& x) { return x.sigmoid(); },
                              [](const at::Tensor& x) { return x.sigmoid() * (-x).sigmoid(); },
                              inverse_derivative};
  return sigmoid;
}

at::Tensor value(const Node&, const at::Tensor& x) { return x.sigmoid(); }

Interval interval(const Node&, const Interval& x) { return {x.lower.sigmoid(), x.upper.sigmoid()}; }

Lines lines(const Node&, const Interval& x) { return s_shaped_lines(shape(), x); }

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return s_shaped_lines(shape(), x, shift);
}

}  // namespace

const ScalarRule kSigmoid = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
