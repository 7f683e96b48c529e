#include "fairness/train/language_model_task.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "fairness/train/next_token_loss.h"
#include "fairness/train/token_batch.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"

namespace limbeck::fairness {
namespace {

constexpr int64_t kEvaluationTokens = 2048;  ///< at once
constexpr double kChangesRate = 100;         ///< of changes of embeddings

}  // namespace

std::vector<nlp::Parameter> causal_parameters(nlp::CausalTransformer& transformer) {
  std::vector<nlp::Parameter> parameters;
  for (const auto& item : transformer->named_parameters())
    if (item.value().requires_grad())
      parameters.push_back({item.key(), item.value(),
                            item.key() == "embedding_changes" ? kChangesRate : 1.0,
                            item.value().dim() == 2});
  return parameters;
}

double windowed_loss(nlp::CausalTransformer& transformer, const std::vector<int32_t>& ids,
                     int64_t context) {
  const at::NoGradGuard no_gradient;
  const std::span<const int32_t> all(ids);
  std::vector<std::span<const int32_t>> windows;
  double sum = 0;
  int64_t count = 0;
  const auto flush = [&] {
    if (windows.empty()) return;
    stop_if_interrupted();
    const TokenBatch batch = next_token_batch(windows);
    const int64_t tokens = target_count(batch.targets);
    sum +=
        next_token_loss(transformer, transformer(batch.ids).normed, batch.targets).item<double>() *
        static_cast<double>(tokens);
    count += tokens;
    windows.clear();
  };
  const auto width = static_cast<size_t>(context);
  for (size_t begin = 0; begin + 1 < ids.size(); begin += width) {
    windows.push_back(all.subspan(begin, std::min(width, ids.size() - begin)));
    if (static_cast<int64_t>(windows.size()) * context >= kEvaluationTokens) flush();
  }
  flush();
  return sum / static_cast<double>(count);
}

LanguageModelTask::LanguageModelTask(nlp::CausalTransformer transformer,
                                     const LanguageModelData& data, double dropout, SaveModel save)
    : transformer_(std::move(transformer)), data_(data), dropout_(dropout), save_(std::move(save)) {
  if (example_count() < 1)
    throw DataError("--text: expected at least one sequence of " + std::to_string(data.context) +
                    " tokens, got " + std::to_string(data.train.size()) + " tokens");
}

int64_t LanguageModelTask::example_count() const {
  return (static_cast<int64_t>(data_.train.size()) - 1) / data_.context;
}

at::Tensor LanguageModelTask::loss(const std::vector<int64_t>& examples,
                                   nlp::StepContext& context) {
  std::vector<std::span<const int32_t>> sequences;
  for (const int64_t i : examples)
    sequences.push_back(std::span(data_.train)
                            .subspan(static_cast<size_t>(i * data_.context),
                                     static_cast<size_t>(data_.context + 1)));
  const TokenBatch batch = next_token_batch(sequences);
  const nlp::StepRandom random(context.seed("dropout"), static_cast<uint64_t>(context.step()));
  const nlp::CausalHidden hidden = transformer_->forward(batch.ids, {&random, dropout_});
  return next_token_loss(transformer_, hidden.normed, batch.targets);
}

nlp::EvaluationResult LanguageModelTask::evaluate() {
  const double loss = windowed_loss(transformer_, data_.validation, data_.context);
  return {{"validation_loss", loss}, {"validation_perplexity", std::exp(loss)}};
}

}  // namespace limbeck::fairness
