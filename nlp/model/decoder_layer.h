#pragma once

#include <torch/nn/module.h>

#include <string>
#include <vector>

#include "nlp/model/adaptable_dense.h"
#include "nlp/model/step_random.h"

/// What the layers of CausalTransformer have in common; one file a family has the rest.
namespace limbeck::nlp {

/// Dropout of one forward pass; the default drops nothing. A mask is drawn once for a text and a
/// place in the network and is the same at all positions, so texts that differ in length share it.
/// Source: Gal & Ghahramani 2016, sec. 4.
struct TextDropout {
  const StepRandom* random = nullptr;
  double probability = 0;

  /// x (B, T, D). Law: the mask of row b depends on (random, site, b, B, D) alone, not on T.
  at::Tensor operator()(const at::Tensor& x, const std::string& site) const;
};

/// Cosines and sines of rotary positions: (T, d / 2) each; undefined where positions are learnt.
struct RotaryTensors {
  at::Tensor cosine, sine;
};

/// Causal self-attention, then the feed-forward part, each on its normalised input and added to the
/// residual stream.
class DecoderLayerImpl : public torch::nn::Module {
 public:
  /// x (B, T, D) to the same shape.
  at::Tensor forward(const at::Tensor& x, const RotaryTensors& rotary, const TextDropout& dropout);

  /// The products that may get adapters, in a fixed order.
  virtual std::vector<AdaptableDense> products() const = 0;

 protected:
  explicit DecoderLayerImpl(int64_t index) : site_("layer" + std::to_string(index)) {}

  virtual at::Tensor attend(const at::Tensor& x, const RotaryTensors& rotary) = 0;
  virtual at::Tensor feed_forward(const at::Tensor& x) = 0;

 private:
  std::string site_;
};

/// (B, T, H d) to (B, H, T, d).
at::Tensor split_heads(const at::Tensor& rows, int64_t count, int64_t width);

/// Attention of (B, H, T, d) on what stands before: (B, T, H d).
at::Tensor causal_attention(const at::Tensor& query, const at::Tensor& key,
                            const at::Tensor& value);

}  // namespace limbeck::nlp
