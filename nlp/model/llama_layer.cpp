#include "nlp/model/llama_layer.h"

#include <ATen/ATen.h>

namespace limbeck::nlp {
namespace {

/// Turns the pairs (i, i + d / 2) of each head by their position's angle.
at::Tensor rotate(const at::Tensor& x, const RotaryTensors& rotary) {
  const std::vector<at::Tensor> halves = x.chunk(2, -1);
  return at::cat({halves[0] * rotary.cosine - halves[1] * rotary.sine,
                  halves[1] * rotary.cosine + halves[0] * rotary.sine},
                 -1);
}

/// (B, KV, T, d) to (B, KV group, T, d): each head serves `group` neighbouring query heads.
at::Tensor shared(const at::Tensor& x, int64_t group) {
  if (group == 1) return x;
  return x.unsqueeze(2)
      .expand({x.size(0), x.size(1), group, x.size(2), x.size(3)})
      .reshape({x.size(0), x.size(1) * group, x.size(2), x.size(3)});
}

}  // namespace

RmsNormImpl::RmsNormImpl(int64_t width, double epsilon)
    : weight(register_parameter("weight", at::ones({width}))), epsilon_(epsilon) {}

at::Tensor RmsNormImpl::forward(const at::Tensor& x) const {
  return x * (x.square().mean(-1, true) + epsilon_).rsqrt() * weight;
}

LlamaLayerImpl::LlamaLayerImpl(const CausalConfig& config, int64_t index, bool has_attention_bias)
    : DecoderLayerImpl(index), config_(config) {
  const int64_t d = config.hidden_size, f = config.intermediate_size;
  const int64_t q = config.query_width(), kv = config.key_value_width();
  attention_norm_ = register_module("input_layernorm", RmsNorm(d, config.norm_epsilon));
  const auto attention = register_module("self_attn", std::make_shared<torch::nn::Module>());
  query_ = attention->register_module("q_proj", AdaptableDense(d, q, has_attention_bias));
  key_ = attention->register_module("k_proj", AdaptableDense(d, kv, has_attention_bias));
  value_ = attention->register_module("v_proj", AdaptableDense(d, kv, has_attention_bias));
  output_ = attention->register_module("o_proj", AdaptableDense(q, d, false));
  feed_forward_norm_ = register_module("post_attention_layernorm", RmsNorm(d, config.norm_epsilon));
  const auto mlp = register_module("mlp", std::make_shared<torch::nn::Module>());
  gate_ = mlp->register_module("gate_proj", AdaptableDense(d, f, false));
  up_ = mlp->register_module("up_proj", AdaptableDense(d, f, false));
  down_ = mlp->register_module("down_proj", AdaptableDense(f, d, false));
}

std::vector<AdaptableDense> LlamaLayerImpl::products() const {
  return {query_, key_, value_, output_, gate_, up_, down_};
}

at::Tensor LlamaLayerImpl::attend(const at::Tensor& x, const RotaryTensors& rotary) {
  const int64_t d = config_.head_width, group = config_.group();
  const at::Tensor normed = attention_norm_(x);
  const at::Tensor query = rotate(split_heads(query_(normed), config_.heads, d), rotary);
  const at::Tensor key = rotate(split_heads(key_(normed), config_.key_value_heads, d), rotary);
  const at::Tensor value = split_heads(value_(normed), config_.key_value_heads, d);
  return output_(causal_attention(query, shared(key, group), shared(value, group)));
}

at::Tensor LlamaLayerImpl::feed_forward(const at::Tensor& x) {
  const at::Tensor normed = feed_forward_norm_(x);
  return down_(at::silu(gate_(normed)) * up_(normed));
}

}  // namespace limbeck::nlp
