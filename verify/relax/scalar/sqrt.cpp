#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor value(const Node&, const at::Tensor& x) { return x.sqrt(); }

Interval interval(const Node&, const Interval& x) {
  return unbounded_where({x.lower.sqrt(), x.upper.sqrt()}, x.lower < 0);
}

/// The chord slope in the form that does not cancel, 1 / (sqrt(l) + sqrt(u)).
Lines lines(const Node&, const Interval& x) {
  const at::Tensor &l = x.lower, &u = x.upper;
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
