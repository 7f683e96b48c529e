#pragma once

#include <filesystem>
#include <string>

#include "fairness/regularize/sentiment_head.h"
#include "fairness/train/sentiment_examples.h"
#include "nlp/causal/prompt_encoder.h"
#include "nlp/core/run_context.h"
#include "nlp/model/causal_transformer.h"

namespace limbeck::fairness {

/// A frozen head and how well it answers.
struct TrainedSentimentHead {
  SentimentHead head{nullptr};
  std::string source;
  int64_t examples = 0, held_out = 0;
  double accuracy = 0;  ///< on the held-out tenth
  double majority = 0;  ///< accuracy of always giving the more frequent label there
};

/// Learns the sentiment head on the model's features at the last token of labelled sentences; the
/// model itself does not change. The head is kept in `folder`: a finished one of the same model,
/// sentences and seed is read back.
/// Source: Huang et al. 2020, sec. 4.2, second step of the curriculum.
/// Throws: Interrupted with the resume line.
TrainedSentimentHead train_sentiment_head(nlp::CausalTransformer& transformer,
                                          const nlp::PromptEncoder& encoder,
                                          const SentimentExamples& examples,
                                          const std::string& model_hash, uint64_t seed,
                                          const std::filesystem::path& folder,
                                          const RunContext& context);

}  // namespace limbeck::fairness
