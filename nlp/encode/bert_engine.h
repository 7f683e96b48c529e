#pragma once

#include "nlp/encode/bert_config.h"
#include "nlp/encode/bert_weights.h"
#include "nlp/encode/dense_modules.h"
#include "nlp/encode/sentence_encoder.h"
#include "nlp/encode/sentence_pooling.h"

namespace limbeck::nlp {

/// Sentences of token ids; `type_ids` is empty (all tokens are of type 0) or has the same lengths.
struct TokenBatch {
  std::span<const std::vector<int32_t>> ids;
  std::span<const std::vector<int32_t>> type_ids;
};

/// BERT for inference, without padding: the tokens of all sentences are the rows of one matrix,
/// attention runs a sentence at a time. Large batches are cut into groups of sentences that one
/// thread takes through all layers; a small one is shared by the threads product by product.
/// Source: Devlin et al. 2019; post-layer-norm encoder.
///
/// Law: a token's state has the same bits whatever else is in the batch, on any number of threads.
class BertEngine : public SentenceEncoder {
 public:
  /// Reads a Hugging Face directory. Throws: DataError naming file and key or tensor;
  /// UnsupportedError for another architecture, activation, position embedding or pooling module.
  BertEngine(const std::filesystem::path& model_directory, Precision precision);

  int64_t width() const override { return pooling_.vector_width(config_.hidden_size); }
  int32_t max_length() const override { return static_cast<int32_t>(pooling_.max_length); }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  ModelSize size() const override;
  std::string description() const override;
  const BertConfig& config() const { return config_; }
  const SentencePooling& pooling() const { return pooling_; }

  /// Sentence vectors, pooled as the directory says.
  /// Throws: ShapeError for an empty sentence, one longer than the position table, an id or type
  /// beyond its table.
  VectorRows encode_ids(std::span<const std::vector<int32_t>> ids) const override;
  VectorRows encode_batch(const TokenBatch& batch) const;

  /// Rows [sentence vector by `pooling` | mean state after each of `layers`], of
  /// pooling.vector_width(D) and D floats; layer 1 is the first. `pooling` is pooling(), or another
  /// one without Dense. Throws: as encode_ids; ConfigError for a layer that there is not.
  VectorRows encode_layers(const TokenBatch& batch, const SentencePooling& pooling,
                           std::span<const int64_t> layers) const;

  /// States after the last layer, one row a token, sentence after sentence. Throws: as encode_ids.
  VectorRows last_hidden_state(const TokenBatch& batch) const;

 private:
  BertConfig config_;
  SentencePooling pooling_;
  std::unique_ptr<Tokenizer> tokenizer_;
  BertWeights weights_;
  DenseModules dense_;
};

/// A BERT sentence encoder of a Hugging Face or sentence-transformers directory.
std::unique_ptr<SentenceEncoder> load_bert_engine(const std::filesystem::path& model_directory,
                                                  Precision precision);

}  // namespace limbeck::nlp
