#include <algorithm>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "nlp/text/word_piece_definition.h"

namespace limbeck::nlp {
namespace {

bool fits_one_line(const std::string& token) {
  return !token.empty() && token.find_first_of("\r\n") == std::string::npos;
}

nlohmann::ordered_json tokenizer_config(const WordPieceDefinition& definition) {
  nlohmann::ordered_json config = nlohmann::ordered_json::object();
  if (definition.tokenizer_config.is_object()) config = definition.tokenizer_config;
  const BertNormalizerOptions& options = definition.normalizer;
  config["tokenizer_class"] = config.value("tokenizer_class", "BertTokenizer");
  config["do_lower_case"] = options.lowercase;
  config["tokenize_chinese_chars"] = options.space_ideographs;
  config["strip_accents"] = nullptr;
  if (options.strip_accents) config["strip_accents"] = *options.strip_accents;
  if (!config.contains("model_max_length") &&
      definition.model_max_length != std::numeric_limits<int32_t>::max())
    config["model_max_length"] = definition.model_max_length;
  return config;
}

nlohmann::ordered_json special_tokens_map(const WordPieceDefinition& definition) {
  nlohmann::ordered_json map = {{"unk_token", definition.unknown_token},
                                {"sep_token", "[SEP]"},
                                {"pad_token", "[PAD]"},
                                {"cls_token", "[CLS]"},
                                {"mask_token", "[MASK]"}};
  if (definition.special_tokens.is_object())
    for (const auto& [role, token] : definition.special_tokens.items()) map[role] = token;
  return map;
}

}  // namespace

void write_word_piece(const std::filesystem::path& directory,
                      const WordPieceDefinition& definition) {
  const bool has_json = definition.tokenizer_json.is_object();
  if (!has_json || std::all_of(definition.tokens.begin(), definition.tokens.end(), fits_one_line)) {
    std::string vocabulary;
    for (const std::string& token : definition.tokens) vocabulary += token + "\n";
    write_file_atomic(directory / "vocab.txt", vocabulary);
  }
  write_json_file(directory / "tokenizer_config.json", tokenizer_config(definition));
  write_json_file(directory / "special_tokens_map.json", special_tokens_map(definition));
  if (!has_json) return;
  nlohmann::ordered_json json = definition.tokenizer_json;
  if (json.contains("normalizer") && json["normalizer"].is_object()) {
    nlohmann::ordered_json& normalizer = json["normalizer"];
    normalizer["lowercase"] = definition.normalizer.lowercase;
    normalizer["handle_chinese_chars"] = definition.normalizer.space_ideographs;
    normalizer["strip_accents"] = nullptr;
    if (definition.normalizer.strip_accents)
      normalizer["strip_accents"] = *definition.normalizer.strip_accents;
  }
  write_json_file(directory / "tokenizer.json", json);
}

}  // namespace limbeck::nlp
