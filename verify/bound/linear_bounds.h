#pragma once

#include <ATen/core/Tensor.h>

namespace limbeck::verify {

/// One node between two affine functions of the P coordinates z of a region, for each of B items:
/// middle(z) - half(z) <= value <= middle(z) + half(z).
///
/// Shapes:  middle, half (P, B, ...); middle_bias, half_bias (B, ...). Without half_bias: exact;
///          without half alone: constant.
/// Law:     half(z) >= 0 for every z of the region; single coefficients may be negative.
/// Middle and half, not lower and upper: an affine map then costs two products in place of four.
struct LinearBounds {
  at::Tensor middle, middle_bias;
  at::Tensor half, half_bias;
  /// Rigorous arithmetic only, (B, ...): `slack` is added to half(z), for what rounding has cost;
  /// `size` is at least the sum of the absolute terms of middle(z) and half(z).
  at::Tensor slack = {}, size = {};

  bool is_exact() const { return !half_bias.defined(); }
};

/// Rows A of a linear lower bound over one node: value of the row >= <A, node> + bias.
///
/// Shapes:  coefficient (R, B, ...); bias (R, B).
struct LinearForm {
  at::Tensor coefficient, bias;
};

}  // namespace limbeck::verify
