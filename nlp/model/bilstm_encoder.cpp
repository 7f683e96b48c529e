#include "nlp/model/bilstm_encoder.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>
#include <string>

#include "nlp/core/random_stream.h"
#include "nlp/model/embedding_rows.h"
#include "nlp/model/initialization.h"

namespace limbeck::nlp {
namespace {

LstmWeights register_direction(torch::nn::Module& lstm, const std::string& suffix, int64_t input,
                               int64_t hidden) {
  const auto add = [&](const char* name, at::IntArrayRef shape) {
    return lstm.register_parameter(name + suffix, at::zeros(shape));
  };
  return {add("weight_ih_l", {4 * hidden, input}), add("weight_hh_l", {4 * hidden, hidden}),
          add("bias_ih_l", {4 * hidden}), add("bias_hh_l", {4 * hidden})};
}

void set_forget_gate_bias(const at::Tensor& bias_ih) {
  const at::NoGradGuard no_grad;
  const int64_t hidden = bias_ih.size(0) / 4;
  bias_ih.narrow(0, hidden, hidden).fill_(1.0);  // gate order i, f, g, o
}

}  // namespace

BiLstmEncoderImpl::BiLstmEncoderImpl(const BiLstmConfig& config) : config_(config) {
  config.validate();
  const auto embeddings = register_module("embeddings", std::make_shared<torch::nn::Module>());
  embedding_ = embeddings->register_parameter(
      "weight", at::zeros({config.vocabulary_size, config.embedding_width}));
  const auto lstm = register_module("lstm", std::make_shared<torch::nn::Module>());
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    const int64_t input = layer == 0 ? config.embedding_width : config.pooled_width();
    const std::string suffix = std::to_string(layer);
    forward_.push_back(register_direction(*lstm, suffix, input, config.hidden_width));
    backward_.push_back(register_direction(*lstm, suffix + "_reverse", input, config.hidden_width));
  }
  if (config.pooling == "attention") {
    const auto attention = register_module("attention", std::make_shared<torch::nn::Module>());
    attention_dense_ =
        attention->register_module("dense", Dense(config.pooled_width(), config.attention_width));
    attention_score_ =
        attention->register_module("score", Dense(config.attention_width, 1, /*has_bias=*/false));
  }
  if (config.projection_width > 0)
    projection_ =
        register_module("projection", Dense(config.pooled_width(), config.projection_width));
}

void BiLstmEncoderImpl::initialize(uint64_t seed) {
  for (const auto& item : named_parameters()) {
    RandomStream stream(seed, "init/" + item.key());
    const at::Tensor& parameter = item.value();
    if (item.key() == "embeddings.weight")
      fill_normal(parameter, 1.0 / std::sqrt(static_cast<double>(config_.embedding_width)), stream);
    else if (parameter.dim() == 2 && item.key().starts_with("lstm."))
      fill_uniform(parameter, 1.0 / std::sqrt(static_cast<double>(config_.hidden_width)), stream);
    else if (parameter.dim() == 2)
      fill_uniform(parameter, 1.0 / std::sqrt(static_cast<double>(parameter.size(1))), stream);
    else
      fill_uniform(parameter, 0.0, stream);
    if (item.key().starts_with("lstm.bias_ih")) set_forget_gate_bias(parameter);
  }
}

void BiLstmEncoderImpl::set_max_length(int64_t tokens) {
  BiLstmConfig config = config_;
  config.max_length = tokens;
  config.validate();
  config_ = config;
}

BiLstmOutput BiLstmEncoderImpl::forward(const TimeMajorBatch& batch, const StepRandom* random,
                                        const BiLstmDropout& dropout) {
  // One mask a sentence, repeated for its tokens (Gal, Ghahramani 2016).
  const auto drop_units = [&](const at::Tensor& x, double p, const std::string& site) {
    if (random == nullptr || p == 0.0) return x;
    const at::Tensor mask =
        random->dropout_mask({batch.layout->sequences(), x.size(1)}, p, site, x.options());
    return x * mask.index_select(0, batch.segments.sequence_of_row);
  };
  at::Tensor x = embedding_rows(embedding_, batch.ids);
  if (random != nullptr && dropout.word > 0.0)
    x = x * random->dropout_mask({x.size(0), 1}, dropout.word, "word", x.options());
  x = drop_units(x, dropout.embedding, "embedding");
  for (size_t layer = 0; layer < forward_.size(); ++layer) {
    x = bilstm_layer(x, batch.layout, forward_[layer], backward_[layer]);
    x = drop_units(x, dropout.state, "state" + std::to_string(layer));
  }
  BiLstmOutput output;
  output.pooled = pool(x, batch).index_select(0, batch.caller_order);
  output.vector = projection_.is_empty() ? output.pooled : projection_(output.pooled);
  if (config_.normalize)
    output.vector = output.vector / output.vector.norm(2, {1}, true).clamp_min(1e-12);
  return output;
}

at::Tensor BiLstmEncoderImpl::pool(const at::Tensor& states, const TimeMajorBatch& batch) {
  if (config_.pooling == "mean") return segment_mean(states, batch.segments);
  if (config_.pooling == "max") return segment_max(states, batch.segments);
  if (config_.pooling == "last") {
    const int64_t h = config_.hidden_width;
    return at::cat({states.index_select(0, batch.last_rows).narrow(1, 0, h),
                    states.index_select(0, batch.first_rows).narrow(1, h, h)},
                   1);
  }
  const at::Tensor scores = attention_score_(at::tanh(attention_dense_(states))).squeeze(1);
  const at::Tensor weights = segment_softmax(scores, batch.segments);
  return segment_sum(states * weights.unsqueeze(1), batch.segments);
}

std::vector<int32_t> student_ids(const Tokenizer& tokenizer, std::string_view text,
                                 int64_t max_length) {
  constexpr int64_t kMostSpecialTokens = 2;
  const int64_t limit =
      std::min<int64_t>(max_length + kMostSpecialTokens, std::numeric_limits<int32_t>::max());
  const Encoding encoding = tokenizer.encode(text, std::nullopt, static_cast<int32_t>(limit));
  std::vector<int32_t> ids;
  for (size_t i = 0; i < encoding.ids.size() && static_cast<int64_t>(ids.size()) < max_length; ++i)
    if (!encoding.special_mask[i]) ids.push_back(encoding.ids[i]);
  if (ids.empty()) ids.push_back(tokenizer.unknown_id());
  return ids;
}

}  // namespace limbeck::nlp
