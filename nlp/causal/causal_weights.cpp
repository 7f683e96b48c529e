#include "nlp/causal/causal_weights.h"

namespace limbeck::nlp {

CausalWeights::CausalWeights(std::shared_ptr<const WeightSource> source, const CausalConfig& config,
                             WeightFormat format)
    : source_(std::move(source)),
      config_(config),
      format_(format),
      v_(config.vocabulary_size),
      d_(config.hidden_size) {
  const bool is_llama = config.family == CausalFamily::kLlama;
  embedding_ = is_llama ? "embed_tokens.weight" : "wte.weight";
  if (!is_llama) {
    positions_ = source_->values("wpe.weight", {config.max_positions, d_});
    parameters_ += config.max_positions * d_;
  }
  for (int64_t index = 0; index < config.layers; ++index) layers_.push_back(layer(index));
  final_norm_ = norm(is_llama ? "norm" : "ln_f");
  const bool has_head = source_->has("lm_head.weight");
  if (has_head) parameters_ += v_ * d_;
  head_ = linear({has_head ? "lm_head" : embedding_.substr(0, embedding_.find('.'))}, {v_}, d_);
}

std::vector<float> CausalWeights::vector(const std::string& name, int64_t length) {
  parameters_ += length;
  bytes_ += length * static_cast<int64_t>(sizeof(float));
  return source_->values(name, {length});
}

CausalNorm CausalWeights::norm(const std::string& name) {
  CausalNorm norm{vector(name + ".weight", d_), {}};
  if (config_.family == CausalFamily::kGpt2) norm.bias = vector(name + ".bias", d_);
  return norm;
}

CausalLinear CausalWeights::linear(const std::vector<std::string>& names,
                                   const std::vector<int64_t>& outputs, int64_t inputs) {
  CausalLinear linear(*source_, names, outputs, inputs, format_);
  parameters_ += linear.parameters();
  bytes_ += linear.bytes();
  return linear;
}

CausalLayer CausalWeights::layer(int64_t index) {
  const int64_t query = config_.query_width(), pair = config_.key_value_width();
  const int64_t wide = config_.intermediate_size;
  CausalLayer layer;
  if (config_.family == CausalFamily::kGpt2) {
    const std::string at = "h." + std::to_string(index) + ".";
    layer.attention_norm = norm(at + "ln_1");
    layer.query_key_value = linear({at + "attn.c_attn"}, {3 * d_}, d_);
    layer.attention_output = linear({at + "attn.c_proj"}, {d_}, d_);
    layer.feed_forward_norm = norm(at + "ln_2");
    layer.up = linear({at + "mlp.c_fc"}, {wide}, d_);
    layer.down = linear({at + "mlp.c_proj"}, {d_}, wide);
    return layer;
  }
  const std::string at = "layers." + std::to_string(index) + ".", self = at + "self_attn.";
  layer.attention_norm = norm(at + "input_layernorm");
  layer.query_key_value =
      linear({self + "q_proj", self + "k_proj", self + "v_proj"}, {query, pair, pair}, d_);
  layer.attention_output = linear({self + "o_proj"}, {d_}, query);
  layer.feed_forward_norm = norm(at + "post_attention_layernorm");
  layer.up = linear({at + "mlp.gate_proj", at + "mlp.up_proj"}, {wide, wide}, d_);
  layer.down = linear({at + "mlp.down_proj"}, {d_}, wide);
  return layer;
}

}  // namespace limbeck::nlp
