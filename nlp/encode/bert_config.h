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

/// Throws: DataError naming file and key; UnsupportedError for another position embedding or
/// activation.
BertConfig read_bert_config(const std::filesystem::path& model_directory);

nlohmann::ordered_json bert_config_json(const BertConfig& config);

}  // namespace limbeck::nlp
