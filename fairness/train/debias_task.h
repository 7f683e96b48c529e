#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "fairness/regularize/sentiment_head.h"
#include "fairness/train/debias_data.h"
#include "nlp/model/causal_directory.h"
#include "nlp/train/loss_term.h"
#include "nlp/train/training_task.h"

namespace limbeck::fairness {

struct DebiasTaskOptions {
  std::string regulariser = "embedding";  ///< embedding | sentiment
  double lambda = 0;                      ///< weight of the regulariser; 0: the control
  double dropout = 0;                     ///< shared by the two texts of a pair
};

/// Goes on training a language model on text that mentions sensitive values:
/// L = L_LM + lambda L_fair, L_LM on the text as it is, L_fair between a prefix that ends in a
/// mention and the same with another value; mention and value are drawn anew at each step.
///
/// Evaluation, on held-out text: `perplexity` of all windows, `sensitive_perplexity` of those with
/// a mention (PPL^s), `embedding_cosine` and, with a head, `sentiment_cosine`: mean cosine of
/// pairs. Source: Huang et al. 2020, sec. 4.
class DebiasTask final : public nlp::TrainingTask {
 public:
  using SaveModel = std::function<void(const std::filesystem::path&)>;

  /// `head` may be empty for the embedding regulariser; it must be frozen.
  DebiasTask(nlp::CausalTransformer transformer, const DebiasData& data,
             const SensitiveLexicon& lexicon, const nlp::PromptEncoder& encoder, SentimentHead head,
             DebiasTaskOptions options, SaveModel save);
  ~DebiasTask() override;

  int64_t example_count() const override { return static_cast<int64_t>(data_.train.size()); }
  std::vector<int32_t> lengths() const override;
  std::vector<nlp::Parameter> parameters() override;
  at::Tensor loss(const std::vector<int64_t>& examples, nlp::StepContext& context) override;
  nlp::EvaluationResult evaluate() override;
  void save_model(const std::filesystem::path& directory) override { save_(directory); }

 private:
  struct Batch;
  struct Outputs;
  Batch draw_batch(const std::vector<int64_t>& examples, nlp::StepContext& context) const;
  std::vector<nlp::LossTerm<Batch, Outputs>> terms();
  at::Tensor regulariser(const at::Tensor& features, const at::Tensor& swapped);

  nlp::CausalTransformer transformer_;
  const DebiasData& data_;
  const SensitiveLexicon& lexicon_;
  const nlp::PromptEncoder& encoder_;
  SentimentHead head_;
  DebiasTaskOptions options_;
  SaveModel save_;
};

/// Features of each prefix at its last token: (B, D), without gradient.
at::Tensor features_of_prefixes(nlp::CausalTransformer& transformer,
                                std::span<const std::vector<int32_t>> prefixes);

}  // namespace limbeck::fairness
