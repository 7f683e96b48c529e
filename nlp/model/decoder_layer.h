#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <string>

#include "nlp/causal/causal_config.h"
#include "nlp/model/adaptable_dense.h"
#include "nlp/model/step_random.h"

/// The parts of CausalTransformer; submodules carry the names of Hugging Face checkpoints.
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

/// Dropout of one forward pass; the default drops nothing. A mask is drawn once for a text and a
/// place in the network and is the same at all positions, so texts that differ in length share it.
/// Source: Gal & Ghahramani 2016, sec. 4.
struct TextDropout {
  const StepRandom* random = nullptr;
  double probability = 0;

  /// x (B, T, D). Law: the mask of row b depends on (random, site, b, B, D) alone, not on T.
  at::Tensor operator()(const at::Tensor& x, const std::string& site) const;
};

/// Cosines and sines of rotary positions: (T, d / 2) each.
struct RotaryTensors {
  at::Tensor cosine, sine;
};

/// Causal self-attention with rotary positions and shared key-value heads, then the gated
/// feed-forward part, each on its normalised input and added to the residual stream.
///
/// Source: Touvron et al. 2023 (Llama), sec. 2.2; Ainslie et al. 2023 (shared key-value heads);
///         Shazeer 2020 (SwiGLU); Su et al. 2021, eq. 34, on halves of the head.
class DecoderLayerImpl : public torch::nn::Module {
 public:
  DecoderLayerImpl(const CausalConfig& config, int64_t index, bool has_attention_bias);

  /// x (B, T, D) to the same shape.
  at::Tensor forward(const at::Tensor& x, const RotaryTensors& rotary, const TextDropout& dropout);

  /// The seven products, in a fixed order.
  std::vector<AdaptableDense> products() const;

 private:
  at::Tensor attend(const at::Tensor& x, const RotaryTensors& rotary);
  at::Tensor feed_forward(const at::Tensor& x);

  CausalConfig config_;
  std::string site_;
  RmsNorm attention_norm_{nullptr}, feed_forward_norm_{nullptr};
  AdaptableDense query_{nullptr}, key_{nullptr}, value_{nullptr}, output_{nullptr};
  AdaptableDense gate_{nullptr}, up_{nullptr}, down_{nullptr};
};
TORCH_MODULE(DecoderLayer);

}  // namespace limbeck::nlp
