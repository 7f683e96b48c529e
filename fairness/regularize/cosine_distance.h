#pragma once

#include <ATen/core/Tensor.h>

namespace limbeck::fairness {

/// Mean over the rows of 1 - cos(a, b), differentiable in both.
///
/// Shapes: a, b (B, W) of one dtype; result a scalar, in [0, 2].
/// Form:   |a/|a| - b/|b||^2 / 2, which keeps its digits where 1 - cos loses them (cos near 1).
/// Source: Huang et al. 2020, sec. 4, d(h, h~).
/// Throws: ShapeError when the shapes differ or there is no row.
at::Tensor cosine_distance(const at::Tensor& a, const at::Tensor& b);

}  // namespace limbeck::fairness
