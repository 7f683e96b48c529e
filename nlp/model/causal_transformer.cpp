#include "nlp/model/causal_transformer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "nlp/causal/weight_source.h"
#include "nlp/core/errors.h"
#include "nlp/model/embedding_rows.h"
#include "nlp/model/gpt2_layer.h"
#include "nlp/model/initialization.h"
#include "nlp/model/linear_product.h"

namespace limbeck::nlp {
namespace {

constexpr double kFirstDeviation = 0.02;

bool ends_in_residual(const std::string& name) {
  for (const char* product : {"o_proj.weight", "down_proj.weight", "c_proj.weight"})
    if (name.ends_with(product)) return true;
  return false;
}

}  // namespace

CausalTransformerImpl::CausalTransformerImpl(const CausalConfig& config,
                                             CausalTransformerParts parts)
    : config_(config), parts_(parts), table_(config) {
  config.family == CausalFamily::kGpt2 ? register_gpt2() : register_llama();
  if (parts.has_own_head)
    lm_head_ = register_module("lm_head",
                               AdaptableDense(config.hidden_size, config.vocabulary_size, false));
}

void CausalTransformerImpl::register_llama() {
  const int64_t d = config_.hidden_size;
  embed_tokens_ = register_module("embed_tokens", Table(config_.vocabulary_size, d));
  const auto list = register_module("layers", std::make_shared<torch::nn::Module>());
  for (int64_t i = 0; i < config_.layers; ++i)
    layers_.push_back(list->register_module(
        std::to_string(i),
        std::make_shared<LlamaLayerImpl>(config_, i, parts_.has_attention_bias)));
  norm_ = register_module("norm", RmsNorm(d, config_.norm_epsilon));
}

void CausalTransformerImpl::register_gpt2() {
  const int64_t d = config_.hidden_size;
  embed_tokens_ = register_module("wte", Table(config_.vocabulary_size, d));
  positions_ = register_module("wpe", Table(config_.max_positions, d));
  const auto list = register_module("h", std::make_shared<torch::nn::Module>());
  for (int64_t i = 0; i < config_.layers; ++i)
    layers_.push_back(
        list->register_module(std::to_string(i), std::make_shared<Gpt2LayerImpl>(config_, i)));
  layer_norm_ = register_module("ln_f", RowNorm(d, config_.norm_epsilon));
}

at::Tensor CausalTransformerImpl::embed(const at::Tensor& ids) const {
  const at::Tensor flat = ids.reshape({-1});
  const at::Tensor& weight = embed_tokens_->weight;
  at::Tensor rows = weight.scalar_type() == at::kFloat ? embedding_rows(weight, flat)
                                                       : at::embedding(weight, flat);
  if (embedding_changes_.defined()) {
    const at::Tensor none = at::zeros({1, config_.hidden_size}, embedding_changes_.options());
    rows = rows +
           at::embedding(at::cat({embedding_changes_, none}), change_of_id_.index_select(0, flat));
  }
  const at::Tensor x = rows.view({ids.size(0), ids.size(1), config_.hidden_size});
  return positions_.is_empty() ? x : x + positions_->weight.narrow(0, 0, ids.size(1));
}

RotaryTensors CausalTransformerImpl::rotary(int64_t positions, const at::Tensor& like) const {
  if (table_.empty()) return {};
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
  at::Tensor x = dropout(embed(ids), "embeddings");
  const RotaryTensors angles = rotary(ids.size(1), x);
  CausalHidden hidden;
  for (const auto& layer : layers_) {
    hidden.before_last = x;
    x = layer->forward(x, angles, dropout);
  }
  hidden.last_layer = x;
  hidden.normed = norm_.is_empty() ? layer_norm_(x) : norm_(x);
  return hidden;
}

at::Tensor CausalTransformerImpl::logits(const at::Tensor& normed) {
  return parts_.has_own_head ? lm_head_(normed) : linear_product(normed, embed_tokens_->weight, {});
}

void CausalTransformerImpl::draw_weights(uint64_t seed) {
  const double residual = kFirstDeviation / std::sqrt(2.0 * static_cast<double>(config_.layers));
  for (const auto& item : named_parameters()) {
    if (item.value().dim() != 2) continue;
    RandomStream stream(seed, "init/" + item.key());
    fill_normal(item.value(), ends_in_residual(item.key()) ? residual : kFirstDeviation, stream);
  }
}

void CausalTransformerImpl::add_adapters(int64_t rank, double alpha, uint64_t seed) {
  int64_t most = config_.hidden_size;
  for (const auto& layer : layers_)
    for (const AdaptableDense& product : layer->products())
      most = std::min({most, product->weight.size(0), product->weight.size(1)});
  if (rank < 1 || rank > most)
    throw ConfigError("rank: expected 1 to " + std::to_string(most) + ", got " +
                      std::to_string(rank));
  for (const at::Tensor& parameter : parameters()) parameter.set_requires_grad(false);
  int64_t index = 0;
  for (const auto& layer : layers_)
    for (AdaptableDense& product : layer->products()) {
      RandomStream stream(seed, "init/adapter-" + std::to_string(index++));
      product->add_adapter(rank, alpha / static_cast<double>(rank), stream);
    }
}

void CausalTransformerImpl::add_embedding_changes(const std::vector<int64_t>& ids) {
  if (ids.empty()) throw ConfigError("changes of embeddings: expected token ids, got none");
  for (const int64_t id : ids)
    if (id < 0 || id >= config_.vocabulary_size)
      throw ShapeError("changes of embeddings: expected ids in [0, " +
                       std::to_string(config_.vocabulary_size) + "), got " + std::to_string(id));
  const at::NoGradGuard no_gradient;
  const at::Tensor& table = embed_tokens_->weight;
  const auto count = static_cast<int64_t>(ids.size());
  if (!parts_.has_own_head) {
    parts_.has_own_head = true;
    lm_head_ = register_module("lm_head",
                               AdaptableDense(config_.hidden_size, config_.vocabulary_size, false));
    lm_head_->weight.set_data(table.detach().clone());
  }
  for (const at::Tensor& parameter : parameters()) parameter.set_requires_grad(false);
  embedding_changes_ =
      register_parameter("embedding_changes", at::zeros({count, table.size(1)}, table.options()));
  changed_ids_ = at::tensor(ids).to(table.device());
  change_of_id_ = at::full({table.size(0)}, count, changed_ids_.options());
  change_of_id_.index_copy_(0, changed_ids_, at::arange(count, changed_ids_.options()));
}

std::map<std::string, at::Tensor> CausalTransformerImpl::merged_state() const {
  const std::string prefix = config_.family == CausalFamily::kGpt2 ? "transformer." : "model.";
  std::map<std::string, at::Tensor> state;
  const auto put = [&](const std::string& name, const at::Tensor& value) {
    state[name.starts_with("lm_head.") ? name : prefix + name] =
        value.dim() == 2 && is_lying_product(name) ? value.t().contiguous() : value;
  };
  for (const auto& item : named_parameters()) {
    if (item.key().find(".adapter_") != std::string::npos || item.key() == "embedding_changes")
      continue;
    const bool has_changes =
        embedding_changes_.defined() && item.value().is_same(embed_tokens_->weight);
    put(item.key(),
        has_changes ? item.value().detach().index_add(0, changed_ids_, embedding_changes_.detach())
                    : item.value().detach());
  }
  for (const auto& item : named_modules()) {
    const auto dense = std::dynamic_pointer_cast<AdaptableDenseImpl>(item.value());
    if (dense && dense->has_adapter()) put(item.key() + ".weight", dense->merged_weight());
  }
  return state;
}

std::string CausalTransformerImpl::description() const {
  return std::string(config_.family == CausalFamily::kGpt2 ? "gpt2, " : "llama, ") +
         std::to_string(config_.layers) + " layers x " + std::to_string(config_.hidden_size) +
         ", vocabulary " + std::to_string(config_.vocabulary_size);
}

}  // namespace limbeck::nlp
