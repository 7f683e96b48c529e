#include <ATen/ATen.h>

#include "verify/relax/clamped.h"
#include "verify/relax/joint.h"
#include "verify/relax/propagate.h"
#include "verify/rigor/rounding.h"

/// Z = X Y with both bounded: the plane of product.cpp for each of the products, summed. As the
/// slopes are the centres, everything is a matrix product and no tensor of single products is made:
///   Z is within  X CY + CX Y - CX CY -+ RX RY.
namespace limbeck::verify {
namespace {

at::Tensor value(const Node&, std::span<const at::Tensor> inputs) {
  return at::matmul(inputs[0], inputs[1]);
}

/// Lower bound by signs, x = x+ + x-: each of x+ y+, x- y-, x+ y-, x- y+ has its extreme at one
/// corner. Exact unless x and y both change sign.
at::Tensor lower_by_sign(const Interval& x, const Interval& y) {
  return at::matmul(x.lower.clamp_min(0), y.lower.clamp_min(0)) +
         at::matmul(x.upper.clamp_max(0), y.upper.clamp_max(0)) +
         at::matmul(x.upper.clamp_min(0), y.lower.clamp_max(0)) +
         at::matmul(x.lower.clamp_max(0), y.upper.clamp_min(0));
}

/// For x >= 0, such as probabilities: two products less.
at::Tensor lower_of_positive(const Interval& x, const Interval& y) {
  return at::matmul(x.lower, y.lower.clamp_min(0)) + at::matmul(x.upper, y.lower.clamp_max(0));
}

/// With rows of X that sum to one, X Y = r + X (Y - r) for any row r: the mean over the rows of CY
/// keeps what is multiplied with the bounds of X small. Zero elsewhere.
at::Tensor reference_row(const Node& node, const at::Tensor& cy) {
  const bool sums_to_one = !node.numbers.empty() && node.numbers[0] == 1;
  return sums_to_one ? cy.mean(-2, /*keepdim=*/true) : at::zeros_like(cy.narrow(-2, 0, 1));
}

Interval product_interval(const Interval& x, const Interval& y) {
  const Interval negative{-y.upper, -y.lower};
  if (x.lower.ge(0).all().item<bool>())
    return {lower_of_positive(x, y), -lower_of_positive(x, negative)};
  const at::Tensor cx = center(x), cy = center(y), rx = radius(x), ry = radius(y);
  const at::Tensor middle = at::matmul(cx, cy);
  const at::Tensor half = at::matmul(cx.abs() + rx, ry) + at::matmul(rx, cy.abs());
  return {at::maximum(middle - half, lower_by_sign(x, y)),
          at::minimum(middle + half, -lower_by_sign(x, negative))};
}

Interval interval(const Node& node, std::span<const Interval> inputs) {
  const at::Tensor r = reference_row(node, center(inputs[1]));
  const Interval moved = product_interval(inputs[0], {inputs[1].lower - r, inputs[1].upper - r});
  return {moved.lower + r, moved.upper + r};
}

enum Plane { kCenterX, kNear, kConstant, kError, kReference };

/// r + X (CY - r) + CX (Y - r) - CX (CY - r) -+ RX RY; the terms of CX and r join to r - CX CY.
Tensors planes(const Node& node, std::span<const Interval> inputs) {
  const at::Tensor cx = center(inputs[0]), cy = center(inputs[1]);
  const at::Tensor r = reference_row(node, cy);
  return {cx, cy - r, r - at::matmul(cx, cy), at::matmul(radius(inputs[0]), radius(inputs[1])), r};
}

Substitution backward(const Node&, const Tensors& p, const at::Tensor& rows) {
  return {{at::matmul(rows, p[kNear].transpose(-1, -2)),
           at::matmul(p[kCenterX].transpose(-1, -2), rows)},
          dot_items(rows, p[kConstant]) - dot_items(rows.abs(), p[kError])};
}

/// The reference row takes part in every element by itself and once for each element of CX.
Reach reach(const Node&, const Tensors& p, std::span<const at::Tensor> magnitudes) {
  const at::Tensor cx = p[kCenterX].abs();
  return {
      at::matmul(magnitudes[0], p[kNear].abs()) + at::matmul(cx, magnitudes[1]),
      p[kConstant].abs() + p[kError] + (cx.sum(-1, /*keepdim=*/true) + 1) * p[kReference].abs()};
}

/// Executed probabilities do not sum to one exactly: what they miss meets the reference row. Their
/// exponents lose up to 128 x 4 roundings (softmax.cpp), sum and quotient one for each term.
at::Tensor execution(const Node& node, std::span<const Interval> inputs) {
  const at::Tensor mx = at::maximum(inputs[0].lower.abs(), inputs[0].upper.abs());
  const at::Tensor my = at::maximum(inputs[1].lower.abs(), inputs[1].upper.abs());
  const double n = static_cast<double>(mx.size(-1)) + 2 * kExecutedUlps;
  const at::Tensor r = reference_row(node, center(inputs[1])).abs();
  return at::matmul(mx, my) * (2 * gamma_float(n)) + r * (4 * gamma_float(2 * n + 512)) +
         kFloatUnderflow;
}

/// product.cpp's mixed planes with one s for all the products of an element of Z. The reference row
/// drops out of what they add.
Substitution shifted(const Node& node, std::span<const Interval> inputs, const at::Tensor& rows,
                     const LineShift& shift) {
  const at::Tensor cx = center(inputs[0]), cy = center(inputs[1]);
  const at::Tensor rx = radius(inputs[0]), ry = radius(inputs[1]);
  const at::Tensor plus = rows.clamp_min(0) * clamped(shift.lower, -1, 1),
                   minus = rows.clamp_max(0) * clamped(shift.upper, -1, 1);
  Substitution result = backward(node, planes(node, inputs), rows);
  result.coefficients[0] = result.coefficients[0] - at::matmul(plus - minus, ry.transpose(-1, -2));
  result.coefficients[1] = result.coefficients[1] - at::matmul(rx.transpose(-1, -2), plus + minus);
  const at::Tensor by_y = at::matmul(cx, ry), by_x = at::matmul(rx, cy);
  result.bias = result.bias + dot_items(plus, by_y + by_x) - dot_items(minus, by_y - by_x);
  return result;
}

/// X_c Y for each coordinate c, x (C, B, ..., n, k) and y (B, ..., k, m): one product for each Y,
/// not one for each c.
at::Tensor times(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor rows = x.movedim(0, -3).flatten(-3, -2);  // (B, ..., C n, k)
  return at::matmul(rows, y).unflatten(-2, {x.size(0), x.size(-2)}).movedim(-3, 0);
}

/// X Y_c, x (B, ..., n, k) and y (C, B, ..., k, m).
at::Tensor times_each(const at::Tensor& x, const at::Tensor& y) {
  if (y.stride(-1) != 1) return times(y.transpose(-1, -2), x.transpose(-1, -2)).transpose(-1, -2);
  const at::Tensor columns = y.movedim(0, -2).flatten(-2, -1);  // (B, ..., k, C m)
  return at::matmul(x, columns).unflatten(-1, {y.size(0), y.size(-1)}).movedim(-2, 0);
}

LinearBounds forward(const Node&, const Tensors& p, std::span<const LinearBounds> bounds) {
  const at::Tensor &cx = p[kCenterX], &near = p[kNear];
  const LinearBounds &x = bounds[0], &y = bounds[1];
  LinearBounds result;
  result.middle = times(x.middle, near) + times_each(cx, y.middle);
  result.middle_bias =
      at::matmul(x.middle_bias, near) + at::matmul(cx, y.middle_bias) + p[kConstant];
  result.half_bias = p[kError];
  if (x.is_exact() && y.is_exact()) return result;
  result.half = at::zeros_like(result.middle);
  if (!x.is_exact()) {
    result.half = result.half + times(x.half, near.abs());
    result.half_bias = result.half_bias + at::matmul(x.half_bias, near.abs());
  }
  if (!y.is_exact()) {
    result.half = result.half + times_each(cx.abs(), y.half);
    result.half_bias = result.half_bias + at::matmul(cx.abs(), y.half_bias);
  }
  return result;
}

}  // namespace

const JointRule kMatmul = {value, interval, backward, forward, planes,
                           reach, shifted,  nullptr,  nullptr, execution};

}  // namespace limbeck::verify
