#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "nlp/model/causal_transformer.h"
#include "nlp/train/training_task.h"

namespace limbeck::fairness {

/// Running text as ids, texts one after another.
struct LanguageModelData {
  std::vector<int32_t> train, validation;
  int64_t context = 128;  ///< tokens of a sequence
};

/// Every trainable tensor of a model with the names of its checkpoint; no weight decay of gains and
/// biases. Changes of embeddings learn 100 times as fast: few texts touch each of them.
std::vector<nlp::Parameter> causal_parameters(nlp::CausalTransformer& transformer);

/// Mean -log p over the windows of `ids`, scored as nlp::score_tokens() does without overlap: every
/// token of a window but its first.
double windowed_loss(nlp::CausalTransformer& transformer, const std::vector<int32_t>& ids,
                     int64_t context);

/// Next-token prediction on packed sequences of one length: sequence i begins at token i * context
/// and predicts the `context` tokens behind it, so every token is predicted once an epoch.
///
/// Evaluation: `validation_loss` and `validation_perplexity`, as `limbeck perplexity` gives them.
class LanguageModelTask final : public nlp::TrainingTask {
 public:
  using SaveModel = std::function<void(const std::filesystem::path&)>;

  /// Throws: DataError when the text is shorter than one sequence.
  LanguageModelTask(nlp::CausalTransformer transformer, const LanguageModelData& data,
                    double dropout, SaveModel save);

  int64_t example_count() const override;
  std::vector<nlp::Parameter> parameters() override { return causal_parameters(transformer_); }
  at::Tensor loss(const std::vector<int64_t>& examples, nlp::StepContext& context) override;
  nlp::EvaluationResult evaluate() override;
  void save_model(const std::filesystem::path& directory) override { save_(directory); }

 private:
  nlp::CausalTransformer transformer_;
  const LanguageModelData& data_;
  double dropout_;
  SaveModel save_;
};

}  // namespace limbeck::fairness
