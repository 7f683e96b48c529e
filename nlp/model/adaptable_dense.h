#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "nlp/core/random_stream.h"

namespace limbeck::nlp {

/// A dense layer that can learn a low-rank change of its weight W instead of W itself:
/// x (W + s U D)^T + bias, with D (rank, in) and U (out, rank).
///
/// Parameters: `weight` (out, in), `bias` (out) when it has one; with an adapter also
///             `adapter_down` D and `adapter_up` U.
/// Source:     Hu et al. 2021 (LoRA), sec. 4.1: U starts at 0, so the adapter changes nothing at
///             first; s = alpha / rank.
class AdaptableDenseImpl : public torch::nn::Module {
 public:
  AdaptableDenseImpl(int64_t in_width, int64_t out_width, bool has_bias);

  at::Tensor forward(const at::Tensor& x) const;

  /// Gives the layer an adapter and freezes `weight` and `bias`. D is drawn with deviation
  /// 1 / sqrt(in). Throws: ConfigError unless 1 <= rank <= min(in, out).
  void add_adapter(int64_t rank, double scale, RandomStream& stream);
  bool has_adapter() const { return adapter_down.defined(); }

  /// W + s U D, without gradient; `weight` itself when there is no adapter.
  at::Tensor merged_weight() const;

  at::Tensor weight, bias, adapter_down, adapter_up;

 private:
  double scale_ = 0;
};
TORCH_MODULE(AdaptableDense);

}  // namespace limbeck::nlp
