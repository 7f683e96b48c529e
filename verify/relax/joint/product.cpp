#include <ATen/ATen.h>

#include "verify/relax/clamped.h"
#include "verify/relax/joint.h"
#include "verify/relax/propagate.h"

/// With centres c and radii r: (x - cx)(y - cy) lies within -+ rx ry, so
///   x y is within  cy x + cx y - cx cy -+ rx ry.
/// This is the mean of the two McCormick planes on either side: one slope for both bounds.
/// Source:  McCormick 1976; the middle plane: Shi et al. 2025 ("middle" in the published tool).
namespace limbeck::verify {
namespace {

at::Tensor value(const Node&, std::span<const at::Tensor> inputs) { return inputs[0] * inputs[1]; }

/// Exact: the extremes are at corners.
Interval interval(const Node&, std::span<const Interval> inputs) {
  const Interval &x = inputs[0], &y = inputs[1];
  const at::Tensor a = x.lower * y.lower, b = x.lower * y.upper;
  const at::Tensor c = x.upper * y.lower, d = x.upper * y.upper;
  return {at::minimum(at::minimum(a, b), at::minimum(c, d)),
          at::maximum(at::maximum(a, b), at::maximum(c, d))};
}

enum Plane { kCenterX, kCenterY, kConstant, kError };

Tensors planes(const Node&, std::span<const Interval> inputs) {
  const at::Tensor cx = center(inputs[0]), cy = center(inputs[1]);
  return {cx, cy, -cx * cy, radius(inputs[0]) * radius(inputs[1])};
}

Substitution backward(const Node&, const Tensors& p, const at::Tensor& rows) {
  return {{rows * p[kCenterY], rows * p[kCenterX]},
          dot_items(rows, p[kConstant]) - dot_items(rows.abs(), p[kError])};
}

Reach reach(const Node&, const Tensors& p, std::span<const at::Tensor> magnitudes) {
  return {p[kCenterY].abs() * magnitudes[0] + p[kCenterX].abs() * magnitudes[1],
          p[kConstant].abs() + p[kError]};
}

/// The planes of one corner and of the opposite one, mixed (1 - s) to (1 + s), s in [-1, 1]:
///   x y >= (cy - s ry) x + (cx - s rx) y - cx cy - rx ry + s (cx ry + cy rx),
///   x y <= (cy + s ry) x + (cx - s rx) y - cx cy + rx ry - s (cx ry - cy rx).
Substitution shifted(const Node& node, std::span<const Interval> inputs, const at::Tensor& rows,
                     const LineShift& shift) {
  const at::Tensor cx = center(inputs[0]), cy = center(inputs[1]);
  const at::Tensor rx = radius(inputs[0]), ry = radius(inputs[1]);
  const at::Tensor plus = rows.clamp_min(0) * clamped(shift.lower, -1, 1),
                   minus = rows.clamp_max(0) * clamped(shift.upper, -1, 1);
  Substitution result = backward(node, planes(node, inputs), rows);
  result.coefficients[0] = result.coefficients[0] - (plus - minus) * ry;
  result.coefficients[1] = result.coefficients[1] - (plus + minus) * rx;
  result.bias =
      result.bias + dot_items(plus, cx * ry + cy * rx) - dot_items(minus, cx * ry - cy * rx);
  return result;
}

LinearBounds forward(const Node&, const Tensors& p, std::span<const LinearBounds> bounds) {
  const at::Tensor &cx = p[kCenterX], &cy = p[kCenterY];
  LinearBounds result;
  result.middle = bounds[0].middle * cy + bounds[1].middle * cx;
  result.middle_bias = bounds[0].middle_bias * cy + bounds[1].middle_bias * cx + p[kConstant];
  result.half_bias = p[kError];
  if (bounds[0].is_exact() && bounds[1].is_exact()) return result;
  result.half = at::zeros_like(result.middle);
  const at::Tensor sizes[] = {cy.abs(), cx.abs()};
  for (size_t i = 0; i < 2; ++i) {
    if (bounds[i].is_exact()) continue;
    result.half = result.half + bounds[i].half * sizes[i];
    result.half_bias = result.half_bias + bounds[i].half_bias * sizes[i];
  }
  return result;
}

}  // namespace

const JointRule kProduct = {value, interval, backward, forward, planes, reach, shifted};

}  // namespace limbeck::verify
