#pragma once

#include <ATen/core/Tensor.h>

namespace limbeck::distill {

/// Huber loss of the coordinates in units of one coordinate of a unit vector (1 / sqrt(D)), summed
/// over D, mean over rows: quadratic up to one such unit, linear beyond, so that outlying
/// coordinates count less than in mse_loss.
///
/// Shapes:  student, target (B, D) -> scalar.
at::Tensor huber_loss(const at::Tensor& student, const at::Tensor& target);

}  // namespace limbeck::distill
