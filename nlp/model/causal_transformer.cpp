#include "nlp/model/causal_transformer.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/model/embedding_rows.h"
#include "nlp/model/initialization.h"
#include "nlp/model/linear_product.h"

namespace limbeck::nlp {
namespace {

constexpr double kFirstDeviation = 0.02;

}  // namespace

CausalTransformerImpl::CausalTransformerImpl(const CausalConfig& config,
                                             CausalTransformerParts parts)
    : config_(config), parts_(parts), table_(config) {
  if (config.family != CausalFamily::kLlama)
    throw UnsupportedError("causal transformer: only the Llama family can be trained");
  embed_tokens_ =
      register_module("embed_tokens", Table(config.vocabulary_size, config.hidden_size));
  const auto list = register_module("layers", std::make_shared<torch::nn::Module>());
  for (int64_t i = 0; i < config.layers; ++i)
    layers_.push_back(list->register_module(std::to_string(i),
                                            DecoderLayer(config, i, parts.has_attention_bias)));
  norm_ = register_module("norm", RmsNorm(config.hidden_size, config.norm_epsilon));
  if (parts.has_own_head)
    lm_head_ = register_module("lm_head",
                               AdaptableDense(config.hidden_size, config.vocabulary_size, false));
}

RotaryTensors CausalTransformerImpl::rotary(int64_t positions, const at::Tensor& like) const {
  const auto rows = [&](const float* values) {
    return at::from_blob(const_cast<float*>(values), {positions, table_.half()}, at::kFloat)
        .to(like.device(), like.scalar_type());
  };
  return {rows(table_.cosines(0)), rows(table_.sines(0))};
}

CausalHidden CausalTransformerImpl::forward(const at::Tensor& ids, const TextDropout& dropout) {
  if (ids.size(1) > config_.max_positions)
    throw ShapeError("language model: expected at most " + std::to_string(config_.max_positions) +
                     " tokens, got " + std::to_string(ids.size(1)));
  const at::Tensor flat = ids.reshape({-1});
  const at::Tensor& weight = embed_tokens_->weight;
  const at::Tensor rows = weight.scalar_type() == at::kFloat ? embedding_rows(weight, flat)
                                                             : at::embedding(weight, flat);
  at::Tensor x = dropout(rows.view({ids.size(0), ids.size(1), config_.hidden_size}), "embeddings");
  const RotaryTensors angles = rotary(ids.size(1), x);
  CausalHidden hidden;
  for (DecoderLayer& layer : layers_) {
    hidden.before_last = x;
    x = layer(x, angles, dropout);
  }
  hidden.last_layer = x;
  hidden.normed = norm_(x);
  return hidden;
}

at::Tensor CausalTransformerImpl::logits(const at::Tensor& normed) {
  return parts_.has_own_head ? lm_head_(normed) : linear_product(normed, embed_tokens_->weight, {});
}

void CausalTransformerImpl::draw_weights(uint64_t seed) {
  const double residual = kFirstDeviation / std::sqrt(2.0 * static_cast<double>(config_.layers));
  for (const auto& item : named_parameters()) {
    if (item.value().dim() != 2) continue;
    const bool ends_in_residual = item.key().find("o_proj") != std::string::npos ||
                                  item.key().find("down_proj") != std::string::npos;
    RandomStream stream(seed, "init/" + item.key());
    fill_normal(item.value(), ends_in_residual ? residual : kFirstDeviation, stream);
  }
}

void CausalTransformerImpl::add_adapters(int64_t rank, double alpha, uint64_t seed) {
  int64_t most = config_.hidden_size;
  for (DecoderLayer& layer : layers_)
    for (const AdaptableDense& product : layer->products())
      most = std::min({most, product->weight.size(0), product->weight.size(1)});
  if (rank < 1 || rank > most)
    throw ConfigError("rank: expected 1 to " + std::to_string(most) + ", got " +
                      std::to_string(rank));
  for (const at::Tensor& parameter : parameters()) parameter.set_requires_grad(false);
  int64_t index = 0;
  for (DecoderLayer& layer : layers_)
    for (AdaptableDense& product : layer->products()) {
      RandomStream stream(seed, "init/adapter-" + std::to_string(index++));
      product->add_adapter(rank, alpha / static_cast<double>(rank), stream);
    }
}

std::map<std::string, at::Tensor> CausalTransformerImpl::merged_state() const {
  std::map<std::string, at::Tensor> state;
  for (const auto& item : named_parameters()) {
    if (item.key().find(".adapter_") != std::string::npos) continue;
    const bool is_head = item.key().starts_with("lm_head.");
    state[is_head ? item.key() : "model." + item.key()] = item.value().detach();
  }
  for (const auto& item : named_modules()) {
    const auto dense = std::dynamic_pointer_cast<AdaptableDenseImpl>(item.value());
    if (dense && dense->has_adapter())
      state["model." + item.key() + ".weight"] = dense->merged_weight();
  }
  return state;
}

}  // namespace limbeck::nlp
