#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nlp/text/word_piece_tokenizer.h"

namespace limbeck::test {

/// Lines of a vocabulary: the five special tokens (ids 0 to 4), then `pieces` from id 5.
inline std::string vocabulary_lines(const std::vector<std::string>& pieces) {
  std::string lines = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (const std::string& piece : pieces) lines += piece + "\n";
  return lines;
}

inline nlp::WordPieceDefinition small_definition(const std::vector<std::string>& pieces) {
  return nlp::parse_vocab_txt(vocabulary_lines(pieces), "vocab.txt");
}

/// The pieces of the text, without special tokens, by the fast path.
inline std::vector<std::string> pieces_of(const nlp::Tokenizer& tokenizer, std::string_view text) {
  std::vector<int32_t> ids;
  tokenizer.append_ids(text, std::nullopt, 1 << 30, ids);
  std::vector<std::string> pieces;
  for (size_t i = 1; i + 1 < ids.size(); ++i) pieces.push_back(tokenizer.token(ids[i]));
  return pieces;
}

}  // namespace limbeck::test
