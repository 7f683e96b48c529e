#include <torch/torch.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

/// 1 - t^2 = s at t = sqrt(1 - s); atanh(t) = ln(1 + t) - ln(s) / 2, without 1 - t.
at::Tensor inverse_derivative(const at::Tensor& s) {
  return ((1 - s).clamp(0, 1).sqrt().log1p() - 0.5 * s.log()).clamp_min(0);
}

const SShape& shape() {
  static const SShape tanh{[](const at::Tensor& x) { return x.tanh(); },
                           [](const at::Tensor& x) { return 1 / x.cosh().square(); },
                           inverse_derivative};
  return tanh;
}

at::Tensor value(const Node&, const at::Tensor& x) { return x.tanh(); }

Interval interval(const Node&, const Interval& x) { return {x.lower.tanh(), x.upper.tanh()}; }

Lines lines(const Node&, const Interval& x) { return s_shaped_lines(shape(), x); }

}  // namespace

const ScalarRule kTanh = {value, interval, lines, nullptr};

}  // namespace limbeck::verify
