#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace limbeck::nlp {

/// Architecture of a BERT encoder: the keys of a Hugging Face config.json with model_type "bert".
struct BertConfig {
  int64_t vocabulary_size = 30522;
  int64_t hidden_size = 768;  ///< D
  int64_t layers = 12;
  int64_t heads = 12;
  int64_t intermediate_size = 3072;  ///< width of the feed-forward part
  int64_t max_positions = 512;       ///< rows of the position table
  int64_t type_vocabulary_size = 2;  ///< rows of the token-type table
  double layer_norm_epsilon = 1e-12;
  double hidden_dropout = 0.1;      ///< training only
  double attention_dropout = 0.1;   ///< training only
  std::string activation = "gelu";  ///< gelu (erf) | gelu_new (tanh) | relu
  int64_t head_width() const { return hidden_size / heads; }
};

/// How the token vectors of a sentence become one: modules.json and 1_Pooling of
/// sentence-transformers.
struct SentencePooling {
  std::string mode = "mean";  ///< cls | mean | max | mean_sqrt_len | weightedmean | lasttoken
  bool normalize = false;     ///< divide by the l2 norm
  int64_t max_length = 512;   ///< tokens kept of a sentence, special tokens included
};

/// Throws: DataError naming file and key; UnsupportedError for another position embedding or
/// activation.
BertConfig read_bert_config(const std::filesystem::path& model_directory);

/// Without modules.json: the mean, as sentence-transformers takes it.
/// Throws: DataError naming the file; UnsupportedError for other modules or modes.
SentencePooling read_sentence_pooling(const std::filesystem::path& model_directory,
                                      const BertConfig& config);

nlohmann::ordered_json bert_config_json(const BertConfig& config);

/// Writes modules.json, sentence_bert_config.json and 1_Pooling/config.json, as
/// sentence-transformers reads them.
void write_sentence_pooling(const std::filesystem::path& model_directory,
                            const SentencePooling& pooling, const BertConfig& config);

}  // namespace limbeck::nlp
