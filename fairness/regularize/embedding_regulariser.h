#pragma once

#include "nlp/model/causal_transformer.h"

namespace limbeck::fairness {

/// What a model makes of the text up to one of its tokens: the mean of the states after the last
/// two layers, before the last normalisation.
///
/// Shapes:  hidden of (B, T) tokens; positions (B) int64, one token of each text; result (B, D).
/// Source:  Huang et al. 2020, sec. 4.1: more layers make the states of a pair too alike.
at::Tensor prefix_features(const nlp::CausalHidden& hidden, const at::Tensor& positions);

/// Brings the features of a prefix and of its counterfactual together: mean of 1 - cos.
///
/// Shapes:  features, swapped (B, D): prefix_features() at the last piece of the sensitive value.
/// Source:  Huang et al. 2020, sec. 4.1 (embedding regularisation).
at::Tensor embedding_regulariser(const at::Tensor& features, const at::Tensor& swapped);

}  // namespace limbeck::fairness
