#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

/// Sign changes of f" = s (1 - s) (2 + x (1 - 2 s)): x tanh(x / 2) = 2.
constexpr double kInflection = 2.3993572805154675;
constexpr double kLowest = -1.2784645427610738;
constexpr double kLeast = -0.27846454276107395;  // just below f(kLowest)

at::Tensor silu_of(const at::Tensor& x) { return x * x.sigmoid(); }

at::Tensor derivative(const at::Tensor& x) { return x.sigmoid() * (1 + x * (-x).sigmoid()); }

at::Tensor value(const Node&, const at::Tensor& x) { return silu_of(x); }

Interval interval(const Node&, const Interval& x) {
  return valley_interval(silu_of, x, kLowest, kLeast);
}

const SmoothCurve& curve() {
  static const SmoothCurve curve{
      silu_of, derivative, {-kInflection, kInflection}, [](const Interval& t) {
        return at::ones_like(t.lower);  // |f"| <= 0.5
      }};
  return curve;
}

Lines lines(const Node&, const Interval& x) { return smooth_lines(curve(), x); }

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return smooth_lines(curve(), x, shift);
}

}  // namespace

const ScalarRule kSilu = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
