#include "nlp/model/gpt2_layer.h"

#include <ATen/ATen.h>

namespace limbeck::nlp {

Gpt2LayerImpl::Gpt2LayerImpl(const CausalConfig& config, int64_t index)
    : DecoderLayerImpl(index), config_(config) {
  const int64_t d = config.hidden_size, f = config.intermediate_size;
  attention_norm_ = register_module("ln_1", RowNorm(d, config.norm_epsilon));
  const auto attention = register_module("attn", std::make_shared<torch::nn::Module>());
  query_key_value_ = attention->register_module("c_attn", AdaptableDense(d, 3 * d, true));
  output_ = attention->register_module("c_proj", AdaptableDense(d, d, true));
  feed_forward_norm_ = register_module("ln_2", RowNorm(d, config.norm_epsilon));
  const auto mlp = register_module("mlp", std::make_shared<torch::nn::Module>());
  up_ = mlp->register_module("c_fc", AdaptableDense(d, f, true));
  down_ = mlp->register_module("c_proj", AdaptableDense(f, d, true));
}

std::vector<AdaptableDense> Gpt2LayerImpl::products() const {
  return {query_key_value_, output_, up_, down_};
}

at::Tensor Gpt2LayerImpl::attend(const at::Tensor& x, const RotaryTensors& /*rotary*/) {
  std::vector<at::Tensor> parts = query_key_value_(attention_norm_(x)).chunk(3, -1);
  for (at::Tensor& part : parts) part = split_heads(part, config_.heads, config_.head_width);
  return output_(causal_attention(parts[0], parts[1], parts[2]));
}

at::Tensor Gpt2LayerImpl::feed_forward(const at::Tensor& x) {
  return down_(at::gelu(up_(feed_forward_norm_(x)), "tanh"));
}

}  // namespace limbeck::nlp
