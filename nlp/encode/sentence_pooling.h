#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nlp/encode/bert_config.h"

namespace limbeck::nlp {

/// A module Dense after the pooling: activation(W x + b), the input added to it where it is
/// residual. The weights: dense_modules.h.
struct DenseModule {
  std::filesystem::path folder;
  int64_t inputs = 0, outputs = 0;
  bool has_bias = true;
  std::string activation = "Tanh";  ///< Tanh | Identity | ReLU | GELU | Sigmoid
  bool is_residual = false;
  bool normalize = false;  ///< divide what it gives by the l2 norm
};

/// How the token vectors of a sentence become one: modules.json, 1_Pooling, 2_Dense of
/// sentence-transformers.
struct SentencePooling {
  /// cls, mean, max, mean_sqrt_len, weightedmean, lasttoken; the vectors of several stand beside
  /// each other in this order.
  std::vector<std::string> modes = {"mean"};
  bool normalize = false;    ///< divide the pooled vector by the l2 norm
  int64_t max_length = 512;  ///< tokens kept of a sentence, special tokens included
  std::vector<DenseModule> dense = {};

  /// Of the pooled vector, before Dense, for states of `hidden`.
  int64_t pooled_width(int64_t hidden) const;
  /// Of the sentence vector.
  int64_t vector_width(int64_t hidden) const;
  bool ends_normalized() const;
  std::string description() const;  ///< "cls+mean, Dense 768"
};

/// Without modules.json: the mean, as sentence-transformers takes it.
/// Throws: DataError naming the file; UnsupportedError for other modules, modes or activations.
SentencePooling read_sentence_pooling(const std::filesystem::path& model_directory,
                                      const BertConfig& config);

/// Writes modules.json, sentence_bert_config.json and 1_Pooling/config.json, as
/// sentence-transformers reads them.
/// Throws: ConfigError for Dense modules: their weights are not at hand.
void write_sentence_pooling(const std::filesystem::path& model_directory,
                            const SentencePooling& pooling, const BertConfig& config);

}  // namespace limbeck::nlp
