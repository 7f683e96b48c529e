#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor root(const at::Tensor& x) { return x.clamp_min(0).sqrt(); }

at::Tensor value(const Node&, const at::Tensor& x) { return root(x); }

Interval interval(const Node&, const Interval& x) { return {root(x.lower), root(x.upper)}; }

/// The chord slope in the form that does not cancel, 1 / (sqrt(l) + sqrt(u)). Values below 0 can
/// only be rounding: they count as 0.
Lines lines(const Node&, const Interval& x) {
  const at::Tensor l = x.lower.clamp_min(0), u = x.upper.clamp_min(0);
  const at::Tensor root_l = l.sqrt(), root_u = u.sqrt(), sum = root_l + root_u;
  const at::Tensor is_point = sum == 0;
  const at::Tensor chord = 1 / sum.masked_fill(is_point, 1);
  const at::Tensor root_d = ((l + u) * 0.5).sqrt().masked_fill(is_point, 1);
  const at::Tensor tangent = 0.5 / root_d;
  return {chord, at::minimum(root_l - chord * l, root_u - chord * u), tangent,
          (root_d - tangent * root_d.square()).masked_fill(is_point, 0)};
}

}  // namespace

const ScalarRule kSqrt = {value, interval, lines, nullptr};

}  // namespace limbeck::verify
