#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nlp/text/added_tokens.h"
#include "nlp/text/bert_normalizer.h"
#include "nlp/text/sequence_template.h"

namespace limbeck::nlp {

/// Everything that a WordPiece model directory says, checked.
struct WordPieceDefinition {
  std::vector<std::string> tokens;  ///< by id; empty where no token has the id
  BertNormalizerOptions normalizer;
  std::string unknown_token = "[UNK]";
  int32_t unknown_id = 0;
  std::string continuing_prefix = "##";
  int64_t max_characters_per_word = 100;  ///< longer words are the unknown token
  std::vector<AddedToken> added;
  SequenceTemplate single, pair;
  bool truncates_left = false;  ///< keep the end of a text that is too long
  bool joins_pieces = true;     ///< decode() undoes the cutting (false: joins all by spaces)
  std::string decoder_prefix = "##";
  bool cleans_decoded = true;  ///< decode() removes the spaces before punctuation and contractions
  int32_t pad_id = 0;
  int32_t model_max_length = std::numeric_limits<int32_t>::max();
  nlohmann::json tokenizer_json;    ///< as read; null when there was none
  nlohmann::json tokenizer_config;  ///< as read; an empty object when there was none
  nlohmann::json special_tokens;    ///< role to content: unk_token, sep_token, ...
};

/// Reads tokenizer.json, or vocab.txt; and tokenizer_config.json and special_tokens_map.json when
/// they are there.
///
/// When tokenizer.json and tokenizer_config.json disagree, do_lower_case, strip_accents and
/// tokenize_chinese_chars that the latter names win, as in transformers' BertTokenizer (which also
/// lets its defaults win over tokenizer.json when they are not named; here tokenizer.json stands
/// then); with another tokenizer_class (PreTrainedTokenizerFast) tokenizer.json stands.
/// vocab.txt is not read when tokenizer.json is there.
/// Throws: DataError, UnsupportedError.
WordPieceDefinition read_word_piece(const std::filesystem::path& directory);

/// The definition that tokenizer.json text gives. `where` names it in errors.
WordPieceDefinition parse_tokenizer_json(std::string_view text, const std::string& where);

/// The definition that vocab.txt text gives: one token a line, the id is the line number from 0;
/// of equal lines the last wins. `special_tokens` as in WordPieceDefinition (defaults for absent
/// roles).
WordPieceDefinition parse_vocab_txt(std::string_view text, const std::string& where,
                                    const nlohmann::json& special_tokens = {});

/// BERT's template: [CLS] A [SEP], or [CLS] A [SEP] B [SEP] with type 1 for B and its [SEP].
SequenceTemplate bert_template(int32_t cls, int32_t sep, bool is_pair);

/// Writes vocab.txt (when every id has a token of one line), tokenizer_config.json,
/// special_tokens_map.json, and tokenizer.json when the definition came from one.
void write_word_piece(const std::filesystem::path& directory,
                      const WordPieceDefinition& definition);

}  // namespace limbeck::nlp
