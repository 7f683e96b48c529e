#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nlp/text/added_tokens.h"
#include "nlp/text/word_cutter.h"

namespace limbeck::nlp {

/// Everything that a byte-level BPE tokenizer is made of, checked by the tokenizer's constructor.
struct BpeDefinition {
  std::vector<std::string> tokens;  ///< by id, in the printable alphabet; empty where there is none
  std::vector<std::pair<std::string, std::string>> merges;  ///< in order of rank
  WordPattern pattern = WordPattern::kGpt2;
  bool whole_words_first = false;  ///< a word that is a token is never cut (`ignore_merges`)
  std::vector<AddedToken> added;
  std::vector<int32_t> prefix, suffix;  ///< special tokens around a text, such as <s>
  int32_t pad_id = 0;
  int32_t unknown_id = 0;
  int32_t end_id = -1;  ///< ends a generated text; -1 = none
  int32_t model_max_length = std::numeric_limits<int32_t>::max();
};

/// The definition that the text of a tokenizer.json of model type BPE gives.
/// Throws: DataError naming the key; UnsupportedError for a normalizer, pre-tokenizer or
/// post-processor that is not that of GPT-2, SmolLM, Llama 3 or Qwen 2.
BpeDefinition parse_bpe_json(std::string_view text, const std::string& where);

/// Reads tokenizer.json, and tokenizer_config.json and generation_config.json when they are there.
BpeDefinition read_bpe(const std::filesystem::path& directory);

/// A tokenizer.json that parse_bpe_json() and Hugging Face read as the same tokenizer.
nlohmann::ordered_json bpe_json(const BpeDefinition& definition);

}  // namespace limbeck::nlp
