#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

/// 1 - t^2 = s at t = sqrt(1 - s); atanh(t) = ln(1 + t) - ln(s) / 2, without 1 - t.
at::Tensor inverse_derivative(const at::Tensor& s) {
  return ((1 - s).clamp(0, 1).sqrt().log1p() - 0.5 * s.log()).clamp_min(0);
}

/// 1 / cosh^2 by e^-2|x|, which does not overflow: nor does its own derivative, in training.
at::Tensor derivative(const at::Tensor& x) {
  const at::Tensor e = (-2 * x.abs()).exp();
  return 4 * e / (1 + e).square();
}

const SShape& shape() {
  static const SShape tanh{[](const at::Tensor& x) { return x.tanh(); }, derivative,
                           inverse_derivative};
  return tanh;
}

at::Tensor value(const Node&, const at::Tensor& x) { return x.tanh(); }

Interval interval(const Node&, const Interval& x) { return {x.lower.tanh(), x.upper.tanh()}; }

Lines lines(const Node&, const Interval& x) { return s_shaped_lines(shape(), x); }

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return s_shaped_lines(shape(), x, shift);
}

}  // namespace

const ScalarRule kTanh = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
