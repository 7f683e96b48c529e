#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

constexpr double kRoot = 0.7978845608028654;  // sqrt(2 / pi)
constexpr double kCube = 0.044715;
/// Sign changes of f": the one on x > 0, by bisection.
constexpr double kInflection = 1.4185040087908283;
constexpr double kLowest = -0.7524614220710163;
constexpr double kLeast = -0.17004075057125415;  // just below f(kLowest)

at::Tensor gelu_of(const at::Tensor& x) {
  return x * (2 * kRoot * (x + kCube * x.pow(3))).sigmoid();  // (1 + tanh t) / 2 = sigmoid(2 t)
}

at::Tensor derivative(const at::Tensor& x) {
  const at::Tensor t = 2 * kRoot * (x + kCube * x.pow(3)), s = t.sigmoid();
  return s + x * s * (-t).sigmoid() * (2 * kRoot) * (1 + 3 * kCube * x.square());
}

at::Tensor value(const Node&, const at::Tensor& x) { return gelu_of(x); }

Interval interval(const Node&, const Interval& x) {
  return valley_interval(gelu_of, x, kLowest, kLeast);
}

const SmoothCurve& curve() {
  static const SmoothCurve curve{
      gelu_of, derivative, {-kInflection, kInflection}, [](const Interval& t) {
        return at::ones_like(t.lower);  // |f"| <= 0.798
      }};
  return curve;
}

Lines lines(const Node&, const Interval& x) { return smooth_lines(curve(), x); }

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return smooth_lines(curve(), x, shift);
}

}  // namespace

const ScalarRule kGeluTanh = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
