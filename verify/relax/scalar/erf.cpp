#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

const double kSteepest = 2 / std::sqrt(M_PI);

const SShape& shape() {
  static const SShape erf{
      [](const at::Tensor& x) { return x.erf(); },
      [](const at::Tensor& x) { return kSteepest * (-x.square()).exp(); },
      [](const at::Tensor& s) { return (-(s / kSteepest).log()).clamp_min(0).sqrt(); }};
  return erf;
}

at::Tensor value(const Node&, const at::Tensor& x) { return x.erf(); }

Interval interval(const Node&, const Interval& x) { return {x.lower.erf(), x.upper.erf()}; }

Lines lines(const Node&, const Interval& x) { return s_shaped_lines(shape(), x); }

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return s_shaped_lines(shape(), x, shift);
}

}  // namespace

const ScalarRule kErf = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
