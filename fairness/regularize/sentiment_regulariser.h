#pragma once

#include "fairness/regularize/sentiment_head.h"

namespace limbeck::fairness {

/// Brings together what a sentiment head makes of a prefix and of its counterfactual: mean of
/// 1 - cos in its second hidden layer. The head's parameters must be frozen (requires_grad false);
/// the gradient goes through them into the features.
///
/// Shapes:  features, swapped (B, D): prefix_features() at the last piece of the sensitive value.
/// Source:  Huang et al. 2020, sec. 4.2 (sentiment regularisation).
/// Throws:  ConfigError when a parameter of the head would be trained along.
at::Tensor sentiment_regulariser(SentimentHead& head, const at::Tensor& features,
                                 const at::Tensor& swapped);

}  // namespace limbeck::fairness
