#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <string>

#include "nlp/encode/bert_config.h"
#include "nlp/model/dense.h"
#include "nlp/model/packed_batch.h"
#include "nlp/model/step_random.h"

/// The parts of BertEncoder; submodules carry the names of Hugging Face checkpoints.
namespace limbeck::nlp {

/// Layer normalisation over the last axis: `weight`, `bias`.
class RowNormImpl : public torch::nn::Module {
 public:
  RowNormImpl(int64_t width, double epsilon);
  at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor weight_, bias_;
  double epsilon_;
};
TORCH_MODULE(RowNorm);

/// A table of vectors: `weight` (rows, width).
class TableImpl : public torch::nn::Module {
 public:
  TableImpl(int64_t rows, int64_t width);
  at::Tensor forward(const at::Tensor& ids) const;

  at::Tensor weight;
};
TORCH_MODULE(Table);

/// Dropout of one forward pass; the default drops nothing.
struct BertDropout {
  const StepRandom* random = nullptr;
  at::Tensor hidden(const at::Tensor& x, const BertConfig& config, const std::string& site) const;
};

/// Sum of word, position and type vectors, normalised.
class BertEmbeddingsImpl : public torch::nn::Module {
 public:
  explicit BertEmbeddingsImpl(const BertConfig& config);
  at::Tensor forward(const PackedBatch& batch, const BertDropout& dropout);
  int64_t parameter_count() const;

 private:
  BertConfig config_;
  Table word_embeddings_{nullptr}, position_embeddings_{nullptr}, token_type_embeddings_{nullptr};
  RowNorm norm_{nullptr};
};
TORCH_MODULE(BertEmbeddings);

/// Self-attention, then the feed-forward part, each with its residual sum and normalisation.
class BertLayerImpl : public torch::nn::Module {
 public:
  BertLayerImpl(const BertConfig& config, int64_t index);
  at::Tensor forward(const at::Tensor& x, const PackedBatch& batch, const BertDropout& dropout);

 private:
  at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                    const PackedBatch& batch, const BertDropout& dropout) const;

  BertConfig config_;
  std::string site_;
  Dense query_{nullptr}, key_{nullptr}, value_{nullptr}, attention_output_{nullptr};
  RowNorm attention_norm_{nullptr};
  Dense intermediate_{nullptr}, output_{nullptr};
  RowNorm output_norm_{nullptr};
};
TORCH_MODULE(BertLayer);

}  // namespace limbeck::nlp
