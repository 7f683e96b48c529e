#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <filesystem>

#include "nlp/model/dense.h"

namespace limbeck::fairness {

/// Width of both hidden layers.
inline constexpr int64_t kSentimentWidth = 128;

/// A three-layer perceptron from a language model's features to negative | positive: tanh units,
/// on features brought to mean 0 and deviation 1.
///
/// Parameters: `first`, `second`, `out`; buffers `mean`, `deviation` (D).
/// Source:     Huang et al. 2020, sec. 4.2: a 3-layer perceptron with hidden width 128; differs:
///             tanh and the scaling are ours (the source names neither).
class SentimentHeadImpl : public torch::nn::Module {
 public:
  explicit SentimentHeadImpl(int64_t feature_width);

  /// First values: uniform within 1 / sqrt(inputs).
  void draw_weights(uint64_t seed);
  /// Takes the scaling from features (N, D). A feature that never changes keeps its scale.
  void fit_scaling(const at::Tensor& features);

  /// The second hidden layer: (B, D) to (B, 128).
  at::Tensor hidden(const at::Tensor& features);
  /// (B, D) to (B, 2).
  at::Tensor forward(const at::Tensor& features);

 private:
  at::Tensor mean_, deviation_;
  nlp::Dense first_{nullptr}, second_{nullptr}, out_{nullptr};
};
TORCH_MODULE(SentimentHead);

}  // namespace limbeck::fairness
