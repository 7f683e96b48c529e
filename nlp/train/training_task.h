#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nlp/train/parameter.h"
#include "nlp/train/step_context.h"

namespace limbeck::nlp {

/// Named results of an evaluation, such as {"accuracy", 0.87}.
using EvaluationResult = std::map<std::string, double>;

/// What is trained: examples, a model, a loss, an evaluation. The trainer knows nothing else of
/// them.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;

  virtual int64_t example_count() const = 0;
  /// Tokens (or any cost) of each example, so that batches are of like lengths; empty = batches at
  /// random.
  virtual std::vector<int32_t> lengths() const { return {}; }

  /// Every tensor that a checkpoint must hold; those with requires_grad are trained. Same list at
  /// each call.
  virtual std::vector<Parameter> parameters() = 0;

  /// Mean loss over the examples, a scalar with a graph. LibTorch's default CPU generator is seeded
  /// from (seed, step) around the call, so dropout is reproduced; `context` gives further streams.
  virtual at::Tensor loss(const std::vector<int64_t>& examples, StepContext& context) = 0;

  /// Evaluates on data kept apart. Must not change the model.
  virtual EvaluationResult evaluate() { return {}; }

  /// Writes the model as users get it into an empty directory.
  virtual void save_model(const std::filesystem::path& directory) = 0;
};

}  // namespace limbeck::nlp
