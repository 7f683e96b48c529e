#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nlp/text/character_table.h"
#include "nlp/text/tokenizer.h"
#include "nlp/text/word_piece_definition.h"
#include "nlp/text/word_piece_trie.h"

namespace limbeck::nlp {

/// BERT's tokenizer: clean, cut at white space and punctuation, then greedy longest match.
///
/// Source: Devlin et al. 2019, sec. 3 and the released code; ids as PyPI tokenizers 0.23.3 gives
/// them.
class WordPieceTokenizer : public Tokenizer {
 public:
  /// Throws: DataError when the unknown token is not in the vocabulary.
  explicit WordPieceTokenizer(WordPieceDefinition definition);

  Encoding encode(std::string_view text, std::optional<std::string_view> pair,
                  int32_t max_length) const override;
  void append_ids(std::string_view text, std::optional<std::string_view> pair, int32_t max_length,
                  std::vector<int32_t>& ids) const override;

  int32_t vocabulary_size() const override;
  int32_t pad_id() const override { return definition_.pad_id; }
  int32_t unknown_id() const override { return definition_.unknown_id; }
  int32_t model_max_length() const override { return definition_.model_max_length; }
  std::string token(int32_t id) const override;
  std::string decode(const std::vector<int32_t>& ids) const override;
  void save(const std::filesystem::path& directory) const override;

  const WordPieceDefinition& definition() const { return definition_; }

 private:
  struct Token {
    int32_t id;
    TextSpan span;
  };
  struct Word;

  // Character by character with spans: encode(), and the rare texts that the table cannot decide.
  std::vector<Token> tokens(std::string_view text) const;
  void add_segment(std::string_view text, int32_t offset, std::vector<Token>& out) const;
  void add_words(const std::vector<NormalizedCharacter>& characters, std::vector<Token>& out) const;
  void add_word(const NormalizedCharacter* begin, const NormalizedCharacter* end,
                std::vector<Token>& out) const;

  // By the table: ids of one text, at least `enough` of them when it has so many.
  void append_text(std::string_view text, size_t enough, std::vector<int32_t>& ids) const;
  bool append_by_table(std::string_view text, size_t enough, std::vector<int32_t>& ids) const;
  void append_entry(CharacterEntry entry, Word& word, std::vector<int32_t>& ids) const;
  void finish_word(Word& word, std::vector<int32_t>& ids) const;

  WordPieceDefinition definition_;
  CharacterTable characters_;
  WordPieceTrie trie_;
  WordPieceTrie::State continuation_;
  AddedTokenMatcher added_, added_normalized_;
};

}  // namespace limbeck::nlp
