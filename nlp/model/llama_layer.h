#pragma once

#include "nlp/causal/causal_config.h"
#include "nlp/model/decoder_layer.h"

namespace limbeck::nlp {

/// Division by the root mean square of the last axis, times `weight`.
/// Source: Zhang & Sennrich 2019, eq. 4.
class RmsNormImpl : public torch::nn::Module {
 public:
  RmsNormImpl(int64_t width, double epsilon);
  at::Tensor forward(const at::Tensor& x) const;

  at::Tensor weight;

 private:
  double epsilon_;
};
TORCH_MODULE(RmsNorm);

/// Rotary positions, shared key-value heads and a gated feed-forward part; submodules carry the
/// names of Hugging Face checkpoints.
///
/// Source: Touvron et al. 2023 (Llama), sec. 2.2; Ainslie et al. 2023 (shared key-value heads);
///         Shazeer 2020 (SwiGLU); Su et al. 2021, eq. 34, on halves of the head.
class LlamaLayerImpl final : public DecoderLayerImpl {
 public:
  LlamaLayerImpl(const CausalConfig& config, int64_t index, bool has_attention_bias);

  std::vector<AdaptableDense> products() const override;

 protected:
  at::Tensor attend(const at::Tensor& x, const RotaryTensors& rotary) override;
  at::Tensor feed_forward(const at::Tensor& x) override;

 private:
  CausalConfig config_;
  RmsNorm attention_norm_{nullptr}, feed_forward_norm_{nullptr};
  AdaptableDense query_{nullptr}, key_{nullptr}, value_{nullptr}, output_{nullptr};
  AdaptableDense gate_{nullptr}, up_{nullptr}, down_{nullptr};
};

}  // namespace limbeck::nlp
