#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nlp/causal/causal_config.h"
#include "nlp/causal/rotary_table.h"
#include "nlp/model/bert_layer.h"
#include "nlp/model/decoder_layer.h"
#include "nlp/model/llama_layer.h"

namespace limbeck::nlp {

/// States of a batch of texts.
struct CausalHidden {
  at::Tensor before_last;  ///< (B, T, D) after the last layer but one; the embeddings of one layer
  at::Tensor last_layer;   ///< (B, T, D) after the last layer
  at::Tensor normed;       ///< (B, T, D) after the last normalisation: what logits() reads
};

/// What a model has beside its CausalConfig.
struct CausalTransformerParts {
  bool has_attention_bias = false;  ///< Qwen 2
  bool has_own_head = false;        ///< else the embedding table gives the scores
};

/// A causal language model of the Llama or GPT-2 family for training; nlp/causal runs it.
/// Parameters are named as in Hugging Face checkpoints (without "model." or "transformer.").
///
/// Law:    a position's state depends on the ids up to it alone, so right padding changes nothing.
/// Law:    the scores are those of causal_forward() on the same weights (<= 1e-3).
class CausalTransformerImpl : public torch::nn::Module {
 public:
  /// All weights 0 but for the gains, which are 1.
  CausalTransformerImpl(const CausalConfig& config, CausalTransformerParts parts = {});

  /// ids (B, T) int64. Throws: ShapeError for more positions than the model has, or an id outside
  /// the vocabulary.
  CausalHidden forward(const at::Tensor& ids, const TextDropout& dropout = {});

  /// Scores of the next token: (..., D) to (..., V).
  at::Tensor logits(const at::Tensor& normed);

  /// First values for training from scratch: normal, deviation 0.02; the products that end in the
  /// residual stream by 1 / sqrt(2 layers) less (Radford et al. 2019, sec. 2.3).
  void draw_weights(uint64_t seed);

  /// Freezes all weights and gives every product of every layer an adapter.
  void add_adapters(int64_t rank, double alpha, uint64_t seed);

  /// Freezes all weights and lets the embeddings of these tokens change, each by a row of its own
  /// that starts at 0: texts without them are read as before. A model whose embedding table gives
  /// the scores gets a head of its own with that table, so that tokens stay as likely as they were.
  /// Throws: ConfigError without ids; ShapeError for one outside the vocabulary.
  void add_embedding_changes(const std::vector<int64_t>& ids);

  /// The weights as a checkpoint holds them ("model.layers.0...", "transformer.h.0..."), adapters
  /// and changes of embeddings merged.
  std::map<std::string, at::Tensor> merged_state() const;

  /// "llama, 4 layers x 256, vocabulary 8000".
  std::string description() const;

  const CausalConfig& config() const { return config_; }
  const CausalTransformerParts& parts() const { return parts_; }

 private:
  void register_llama();
  void register_gpt2();
  at::Tensor embed(const at::Tensor& ids) const;
  RotaryTensors rotary(int64_t positions, const at::Tensor& like) const;

  CausalConfig config_;
  CausalTransformerParts parts_;
  RotaryTable table_;
  Table embed_tokens_{nullptr};
  Table positions_{nullptr};  ///< GPT-2
  std::vector<std::shared_ptr<DecoderLayerImpl>> layers_;
  RmsNorm norm_{nullptr};        ///< Llama
  RowNorm layer_norm_{nullptr};  ///< GPT-2
  AdaptableDense lm_head_{nullptr};
  at::Tensor embedding_changes_;  ///< (K, D)
  at::Tensor changed_ids_;        ///< (K)
  at::Tensor change_of_id_;       ///< (V) int64: its row; K: none
};
TORCH_MODULE(CausalTransformer);

}  // namespace limbeck::nlp
