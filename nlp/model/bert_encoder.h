#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "nlp/encode/sentence_pooling.h"
#include "nlp/model/bert_layer.h"
#include "nlp/model/packed_batch.h"
#include "nlp/model/step_random.h"

namespace limbeck::nlp {

/// Token vectors of a packed batch.
struct BertHidden {
  at::Tensor last;  ///< (N, D)
  std::vector<at::Tensor>
      layers;  ///< when asked for: embeddings, then each layer: layers + 1 tensors (N, D)
};

/// BERT for training: padding-free batches, parameters named as in Hugging Face checkpoints
/// (without "bert.").
///
/// Law:     a sentence's token vectors do not depend on what else is in the batch (<= 2e-6):
/// attention runs over groups
///          of sentences of one length, so there is no padding at all.
/// Dropout: only where a StepRandom is given; p from the config.
/// Source:  Devlin, Chang, Lee, Toutanova 2019; Vaswani et al. 2017, sec. 3.
class BertEncoderImpl : public torch::nn::Module {
 public:
  explicit BertEncoderImpl(const BertConfig& config);

  /// Throws: ShapeError when a sentence is longer than the position table, or an id is outside its
  /// table.
  BertHidden forward(const PackedBatch& batch, const StepRandom* random = nullptr,
                     bool keep_layers = false);

  /// One vector a sentence in the caller's order: (B, D). `mode`: cls, mean or max.
  static at::Tensor pool(const at::Tensor& hidden, const PackedBatch& batch,
                         const SentencePooling& pooling);

  const BertConfig& config() const { return config_; }
  /// Parameters in the three embedding tables.
  int64_t embedding_parameter_count() const;

 private:
  BertConfig config_;
  BertEmbeddings embeddings_{nullptr};
  std::vector<BertLayer> layers_;
};
TORCH_MODULE(BertEncoder);

}  // namespace limbeck::nlp
