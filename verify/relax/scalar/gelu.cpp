#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

/// x Phi(x) is convex on [-sqrt 2, sqrt 2] and concave outside: f" = phi(x) (2 - x^2).
constexpr double kInflection = 1.4142135623730951;
constexpr double kLowest = -0.7517915246935645;  // where f' is 0
constexpr double kLeast = -0.16997120747990375;  // just below f(kLowest)

at::Tensor gelu_of(const at::Tensor& x) { return 0.5 * x * (-x * M_SQRT1_2).erfc(); }

at::Tensor derivative(const at::Tensor& x) {
  return 0.5 * (-x * M_SQRT1_2).erfc() + x * (x.square() * -0.5).exp() * 0.3989422804014327;
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

const ScalarRule kGelu = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
