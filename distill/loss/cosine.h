#pragma once

#include <ATen/core/Tensor.h>

namespace limbeck::distill {

/// Half the cosine distance, mean over rows: 1/2 (1 - <s, t> / (|s| |t|)), in [0, 1]; blind to the
/// vectors' lengths.
///
/// Shapes:  student, target (B, D) -> scalar.
/// Source:  sentence-representation approximation, Wu et al. 2020 (arXiv 2004.03097), the
/// distillation objective. A zero row (shorter than 1e-8)
/// counts as distance 1/2 and has gradient 0.
at::Tensor cosine_loss(const at::Tensor& student, const at::Tensor& target);

}  // namespace limbeck::distill
