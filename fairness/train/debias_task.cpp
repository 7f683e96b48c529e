#include "fairness/train/debias_task.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "fairness/regularize/cosine_distance.h"
#include "fairness/regularize/embedding_regulariser.h"
#include "fairness/regularize/sentiment_regulariser.h"
#include "fairness/train/language_model_task.h"
#include "fairness/train/next_token_loss.h"
#include "fairness/train/token_batch.h"
#include "nlp/core/interrupt.h"

namespace limbeck::fairness {
namespace {

constexpr size_t kEvaluationTexts = 32;  ///< at once

at::Tensor last_positions(std::span<const std::vector<int32_t>> texts) {
  std::vector<int64_t> positions;
  for (const std::vector<int32_t>& text : texts)
    positions.push_back(static_cast<int64_t>(text.size()) - 1);
  return at::tensor(positions);
}

/// Sums of -log p over windows, with or without a mention.
struct WindowScore {
  double loss = 0;
  int64_t tokens = 0;
  double perplexity() const { return std::exp(loss / static_cast<double>(tokens)); }
};

WindowScore score_windows(nlp::CausalTransformer& transformer,
                          const std::vector<TextWindow>& windows, bool with_mentions) {
  std::vector<std::span<const int32_t>> texts;
  for (const TextWindow& window : windows)
    if (window.mentions.empty() != with_mentions) texts.emplace_back(window.ids);
  // Texts of like lengths stand together, so that little is padded.
  std::ranges::stable_sort(texts, std::greater{}, [](const auto& text) { return text.size(); });
  WindowScore score;
  for (size_t begin = 0; begin < texts.size(); begin += kEvaluationTexts) {
    stop_if_interrupted();
    const auto part =
        std::span(texts).subspan(begin, std::min(kEvaluationTexts, texts.size() - begin));
    const TokenBatch batch = next_token_batch(part);
    const int64_t tokens = target_count(batch.targets);
    score.tokens += tokens;
    score.loss +=
        static_cast<double>(tokens) *
        next_token_loss(transformer, transformer(batch.ids).normed, batch.targets).item<double>();
  }
  return score;
}

}  // namespace

/// What one step reads.
struct DebiasTask::Batch {
  TokenBatch text;
  at::Tensor positions;                       ///< (B) of the mention's last piece
  std::vector<std::vector<int32_t>> swapped;  ///< counterfactual prefixes
};

/// What the model makes of it.
struct DebiasTask::Outputs {
  nlp::CausalHidden hidden;
  nlp::StepRandom random;
};

at::Tensor features_of_prefixes(nlp::CausalTransformer& transformer,
                                std::span<const std::vector<int32_t>> prefixes) {
  const at::NoGradGuard no_gradient;
  std::vector<at::Tensor> parts;
  for (size_t begin = 0; begin < prefixes.size(); begin += kEvaluationTexts) {
    stop_if_interrupted();
    const auto part = prefixes.subspan(begin, std::min(kEvaluationTexts, prefixes.size() - begin));
    parts.push_back(prefix_features(transformer(padded_ids(part)), last_positions(part)));
  }
  return at::cat(parts);
}

DebiasTask::DebiasTask(nlp::CausalTransformer transformer, const DebiasData& data,
                       const SensitiveLexicon& lexicon, const nlp::PromptEncoder& encoder,
                       SentimentHead head, DebiasTaskOptions options, SaveModel save)
    : transformer_(std::move(transformer)),
      data_(data),
      lexicon_(lexicon),
      encoder_(encoder),
      head_(std::move(head)),
      options_(std::move(options)),
      save_(std::move(save)) {}

DebiasTask::~DebiasTask() = default;

std::vector<int32_t> DebiasTask::lengths() const {
  std::vector<int32_t> lengths;
  for (const TextWindow& window : data_.train)
    lengths.push_back(static_cast<int32_t>(window.ids.size()));
  return lengths;
}

std::vector<nlp::Parameter> DebiasTask::parameters() { return causal_parameters(transformer_); }

DebiasTask::Batch DebiasTask::draw_batch(const std::vector<int64_t>& examples,
                                         nlp::StepContext& context) const {
  RandomStream stream = context.stream("counterfactual");
  Batch batch;
  std::vector<std::span<const int32_t>> texts;
  std::vector<int64_t> positions;
  for (const int64_t i : examples) {
    const TextWindow& window = data_.train[static_cast<size_t>(i)];
    const WindowMention& mention = window.mentions[stream.below(window.mentions.size())];
    const std::vector<int64_t> others = lexicon_.alternatives(mention.mention.value);
    const int64_t value = others[stream.below(others.size())];
    texts.emplace_back(window.ids);
    positions.push_back(mention.last_piece);
    batch.swapped.push_back(swapped_ids(window, mention, value, lexicon_, encoder_,
                                        transformer_->config().max_positions));
  }
  batch.text = next_token_batch(texts, /*keeps_last=*/true);
  batch.positions = at::tensor(positions);
  return batch;
}

at::Tensor DebiasTask::regulariser(const at::Tensor& features, const at::Tensor& swapped) {
  return options_.regulariser == "sentiment" ? sentiment_regulariser(head_, features, swapped)
                                             : embedding_regulariser(features, swapped);
}

std::vector<nlp::LossTerm<DebiasTask::Batch, DebiasTask::Outputs>> DebiasTask::terms() {
  const auto language_model = [this](const Batch& batch, const Outputs& outputs) {
    return next_token_loss(transformer_, outputs.hidden.normed, batch.text.targets);
  };
  const auto fairness = [this](const Batch& batch, const Outputs& outputs) {
    // The same random numbers at the same places: both texts of a pair lose the same units.
    const nlp::CausalHidden swapped =
        transformer_->forward(padded_ids(batch.swapped), {&outputs.random, options_.dropout});
    return regulariser(prefix_features(outputs.hidden, batch.positions),
                       prefix_features(swapped, last_positions(batch.swapped)));
  };
  return {{"language_model", 1.0, {}, language_model},
          {options_.regulariser, options_.lambda, {}, fairness}};
}

at::Tensor DebiasTask::loss(const std::vector<int64_t>& examples, nlp::StepContext& context) {
  const Batch batch = draw_batch(examples, context);
  const nlp::StepRandom random(context.seed("dropout"), static_cast<uint64_t>(context.step()));
  const Outputs outputs{transformer_->forward(batch.text.ids, {&random, options_.dropout}), random};
  const auto all = terms();
  return nlp::sum_of_terms<Batch, Outputs>(all, batch, outputs, context);
}

nlp::EvaluationResult DebiasTask::evaluate() {
  const at::NoGradGuard no_gradient;
  const WindowScore sensitive = score_windows(transformer_, data_.held_out, true);
  WindowScore all = score_windows(transformer_, data_.held_out, false);
  all.loss += sensitive.loss;
  all.tokens += sensitive.tokens;
  std::vector<std::vector<int32_t>> original, swapped;
  for (const CounterfactualPair& pair : data_.pairs) {
    original.push_back(pair.original);
    swapped.push_back(pair.swapped);
  }
  const at::Tensor a = features_of_prefixes(transformer_, original);
  const at::Tensor b = features_of_prefixes(transformer_, swapped);
  nlp::EvaluationResult result{{"perplexity", all.perplexity()},
                               {"sensitive_perplexity", sensitive.perplexity()},
                               {"embedding_cosine", 1 - cosine_distance(a, b).item<double>()}};
  if (!head_.is_empty())
    result["sentiment_cosine"] =
        1 - cosine_distance(head_->hidden(a), head_->hidden(b)).item<double>();
  return result;
}

}  // namespace limbeck::fairness
