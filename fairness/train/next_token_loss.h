#pragma once

#include "nlp/model/causal_transformer.h"

namespace limbeck::fairness {

/// A target that is not scored, such as padding.
inline constexpr int64_t kNoTarget = -1;

/// Mean of -log p(target | tokens up to its position), natural logarithm.
///
/// Shapes:  normed (B, T, D): CausalHidden::normed; targets (B, T) int64, the ids that come next.
/// Throws:  ShapeError when there is no target at all.
at::Tensor next_token_loss(nlp::CausalTransformer& transformer, const at::Tensor& normed,
                           const at::Tensor& targets);

/// Number of targets that are scored.
int64_t target_count(const at::Tensor& targets);

}  // namespace limbeck::fairness
