#pragma once

#include <ATen/core/Tensor.h>

namespace limbeck::distill {

/// Squared l2 distance, mean over rows: |s - t|^2. On unit vectors four times the cosine loss.
///
/// Shapes:  student, target (B, D) -> scalar.
at::Tensor mse_loss(const at::Tensor& student, const at::Tensor& target);

}  // namespace limbeck::distill
