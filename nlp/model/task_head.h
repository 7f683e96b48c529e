#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "nlp/encode/bilstm_config.h"
#include "nlp/model/dense.h"
#include "nlp/model/step_random.h"

namespace limbeck::nlp {

/// What the head of a siamese student reads of a pair: [u; v; |u - v|; u * v], (B, 4X) from (B, X).
/// Source: Conneau et al. 2017, sec. 3.1.
at::Tensor pair_features(const at::Tensor& u, const at::Tensor& v);

/// Classifier or regressor on sentence features: [dense, ReLU,] out; parameters as HeadConfig says.
class TaskHeadImpl : public torch::nn::Module {
 public:
  /// `input_width`: X of one sentence, or 4X of a pair of a student. All parameters zero.
  /// Throws: ConfigError for fewer than two classes.
  TaskHeadImpl(const HeadConfig& config, int64_t input_width);

  /// Dense layers uniform in 1/sqrt(inputs), biases 0. Streams "init/head.<name>".
  void initialize(uint64_t seed);

  /// Features (B, X) to logits (B, C), or scores (B, 1); `dropout` on the features where `random`
  /// is given.
  at::Tensor forward(const at::Tensor& features, const StepRandom* random = nullptr,
                     double dropout = 0.0);

  const HeadConfig& config() const { return config_; }

 private:
  HeadConfig config_;
  Dense dense_{nullptr}, out_{nullptr};
};
TORCH_MODULE(TaskHead);

}  // namespace limbeck::nlp
