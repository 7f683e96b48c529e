#pragma once

#include "nlp/causal/causal_config.h"
#include "nlp/model/bert_layer.h"
#include "nlp/model/decoder_layer.h"

namespace limbeck::nlp {

/// LayerNorm, one product for queries, keys and values, GELU (tanh form), biases; submodules carry
/// the names of Hugging Face checkpoints, whose products lie (inputs, outputs) while these stand.
///
/// Source: Radford et al. 2019, sec. 2.3.
class Gpt2LayerImpl final : public DecoderLayerImpl {
 public:
  Gpt2LayerImpl(const CausalConfig& config, int64_t index);

  std::vector<AdaptableDense> products() const override;

 protected:
  at::Tensor attend(const at::Tensor& x, const RotaryTensors& rotary) override;
  at::Tensor feed_forward(const at::Tensor& x) override;

 private:
  CausalConfig config_;
  RowNorm attention_norm_{nullptr}, feed_forward_norm_{nullptr};
  AdaptableDense query_key_value_{nullptr}, output_{nullptr};
  AdaptableDense up_{nullptr}, down_{nullptr};
};

}  // namespace limbeck::nlp
