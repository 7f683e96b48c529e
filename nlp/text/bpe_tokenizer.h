#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nlp/text/added_tokens.h"
#include "nlp/text/bpe_definition.h"
#include "nlp/text/merge_table.h"
#include "nlp/text/tokenizer.h"

namespace limbeck::nlp {

/// Byte-level BPE: added tokens, then words by a pattern, then merges over the bytes of a word.
///
/// Source: Radford et al. 2019, sec. 2.2; ids as PyPI tokenizers 0.23 gives them.
/// Law:    decode(ids of encode(text)) == text for well-formed UTF-8 without special tokens, when
///         every byte of it has a token (others are left out). Spans of tokens that are part of a
///         character cover the whole character.
class BpeTokenizer : public Tokenizer {
 public:
  /// Throws: DataError when most bytes have no token or a merge names or makes none.
  explicit BpeTokenizer(BpeDefinition definition, const std::string& where = "tokenizer");

  Encoding encode(std::string_view text, std::optional<std::string_view> pair,
                  int32_t max_length) const override;
  void append_ids(std::string_view text, std::optional<std::string_view> pair, int32_t max_length,
                  std::vector<int32_t>& ids) const override;

  int32_t vocabulary_size() const override {
    return static_cast<int32_t>(definition_.tokens.size());
  }
  int32_t pad_id() const override { return definition_.pad_id; }
  int32_t unknown_id() const override { return definition_.unknown_id; }
  int32_t model_max_length() const override { return definition_.model_max_length; }
  /// As the vocabulary spells it, in the printable alphabet.
  std::string token(int32_t id) const override;
  std::string decode(const std::vector<int32_t>& ids) const override;
  /// Writes tokenizer.json and tokenizer_config.json.
  void save(const std::filesystem::path& directory) const override;

  const BpeDefinition& definition() const { return definition_; }
  std::string token_bytes(int32_t id) const override;
  bool is_special(int32_t id) const;

 private:
  void append_text(std::string_view text, std::vector<int32_t>& ids) const;
  void append_word(std::string_view word, std::vector<int32_t>& ids) const;
  void merge_bytes(std::string_view word, std::vector<int32_t>& ids) const;
  std::vector<TextSpan> spans_of(std::string_view text, const std::vector<int32_t>& ids) const;

  BpeDefinition definition_;
  std::vector<std::string> bytes_;  ///< by id
  std::vector<bool> is_special_, is_added_;
  std::array<int32_t, 256> byte_ids_{};
  std::unordered_map<std::string_view, int32_t> whole_words_;
  /// Of a token as a word: not known yet, merges give the token itself, or other ones.
  mutable std::unique_ptr<std::atomic<uint8_t>[]> known_;
  MergeTable merges_;
  AddedTokenMatcher matcher_;
};

}  // namespace limbeck::nlp
