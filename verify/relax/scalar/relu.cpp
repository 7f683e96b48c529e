#include <ATen/ATen.h>

#include "verify/relax/clamped.h"
#include "verify/relax/scalar.h"

namespace limbeck::verify {
namespace {

at::Tensor value(const Node&, const at::Tensor& x) { return x.clamp_min(0); }

Interval interval(const Node&, const Interval& x) {
  return {x.lower.clamp_min(0), x.upper.clamp_min(0)};
}

/// Above: the chord. Below: slope 1 where it leaves the smaller triangle (u > -l), else 0.
/// Source:  Zhang et al. 2018 (CROWN), "adaptive".
Lines lines(const Node&, const Interval& x) {
  const at::Tensor l = x.lower.clamp_max(0), u = x.upper.clamp_min(0);
  const at::Tensor width = u - l;
  const at::Tensor slope = u / width.masked_fill(width == 0, 1);  // 1 for l >= 0 < u, 0 for u <= 0
  const at::Tensor low = (u > -l).to(u.scalar_type());
  return {low, at::zeros_like(low), slope, at::maximum(-slope * l, u - slope * u)};
}

at::Tensor is_loose(const Node&, const Interval& x) { return (x.lower < 0) & (x.upper > 0); }

/// Below: any slope in [0, 1], where it crosses 0. Above there is nothing better than the chord.
Lines shifted(const Node& node, const Interval& x, const LineShift& shift) {
  Lines result = lines(node, x);
  const at::Tensor by = shift.lower * is_loose(node, x);
  result.lower_slope = clamped(result.lower_slope + by, 0, 1);
  result.lower_offset = at::zeros_like(result.lower_slope);
  return result;
}

}  // namespace

const ScalarRule kRelu = {value, interval, lines, is_loose, shifted};

}  // namespace limbeck::verify
