#include <algorithm>
#include <array>

#include "nlp/core/errors.h"
#include "nlp/text/utf8.h"
#include "nlp/text/word_piece_tokenizer.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kMostCharacters = 1024;  // longer word limits go character by character
constexpr size_t kWordBytes = 4 * (kMostCharacters + 1);

}  // namespace

/// The cleaned bytes of the word being read.
struct WordPieceTokenizer::Word {
  std::array<char, kWordBytes + 16> bytes;
  size_t length = 0;
  size_t continuation_bytes = 0;  ///< length - continuation_bytes = characters
  bool is_too_long = false;       ///< more bytes came than any word within the limit has
};

void WordPieceTokenizer::append_text(std::string_view text, size_t enough,
                                     std::vector<int32_t>& ids) const {
  if (enough == 0) return;
  const size_t start = ids.size();
  const size_t stop = enough > ~size_t{0} - start ? ~size_t{0} : start + enough;
  const bool has_table =
      added_normalized_.empty() && definition_.max_characters_per_word <= kMostCharacters;
  if (has_table && !added_.may_match(text)) {
    if (append_by_table(text, stop, ids)) return;
  } else if (has_table) {
    bool is_done = true;
    for (const TextSegment& segment : added_.split(text)) {
      if (segment.id >= 0) {
        ids.push_back(segment.id);
      } else {
        is_done =
            append_by_table(text.substr(segment.begin, segment.end - segment.begin), stop, ids);
      }
      if (!is_done || ids.size() >= stop) break;
    }
    if (is_done) return;
  }
  ids.resize(start);
  for (const Token& token : tokens(text)) ids.push_back(token.id);
}

bool WordPieceTokenizer::append_by_table(std::string_view text, size_t stop,
                                         std::vector<int32_t>& ids) const {
  Word word;
  const std::array<char, 256>& word_bytes = characters_.word_bytes();
  const size_t size = text.size();
  for (size_t at = 0; at < size;) {
    while (at < size && word.length < kWordBytes) {
      const char lower = word_bytes[static_cast<unsigned char>(text[at])];
      if (lower == 0) break;
      word.bytes[word.length++] = lower;
      ++at;
    }
    if (word.length == kWordBytes) {
      word.is_too_long = true;
      word.length = 1;
      continue;
    }
    if (at == size) break;
    if (text[at] == ' ') {
      finish_word(word, ids);
      if (ids.size() >= stop) return true;
      ++at;
      continue;
    }
    const DecodedCharacter decoded = decode_utf8(text, at);
    const CharacterEntry entry = characters_.entry(decoded.code_point);
    at += static_cast<size_t>(decoded.bytes);
    if (entry.kind == CharacterKind::kContextual) return false;
    if (entry.kind != CharacterKind::kSequence) {
      append_entry(entry, word, ids);
    } else {
      for (uint32_t i = 0; i < entry.length; ++i)
        append_entry(characters_.sequence(decoded.code_point, entry, i), word, ids);
    }
    if (ids.size() >= stop) return true;
  }
  finish_word(word, ids);
  return true;
}

void WordPieceTokenizer::append_entry(CharacterEntry entry, Word& word,
                                      std::vector<int32_t>& ids) const {
  switch (entry.kind) {
    case CharacterKind::kSpace:
      return finish_word(word, ids);
    case CharacterKind::kIsolated:
      finish_word(word, ids);
      word.length = static_cast<size_t>(write_utf8(entry.value, word.bytes.data()));
      word.continuation_bytes = word.length - 1;
      return finish_word(word, ids);
    case CharacterKind::kWord: {
      const int32_t bytes = write_utf8(entry.value, word.bytes.data() + word.length);
      word.length += static_cast<size_t>(bytes);
      word.continuation_bytes += static_cast<size_t>(bytes - 1);
      if (word.length < kWordBytes) return;
      word.is_too_long = true;
      word.length = 1;
      word.continuation_bytes = 0;
      return;
    }
    default:
      return;
  }
}

void WordPieceTokenizer::finish_word(Word& word, std::vector<int32_t>& ids) const {
  const size_t length = word.length;
  if (length == 0) return;
  const auto characters = static_cast<int64_t>(length - word.continuation_bytes);
  const bool is_unknown = word.is_too_long || characters > definition_.max_characters_per_word;
  word.length = word.continuation_bytes = 0;
  word.is_too_long = false;
  if (is_unknown) return ids.push_back(definition_.unknown_id);
  const size_t ids_before = ids.size();
  WordPieceTrie::State state = WordPieceTrie::kRoot;
  for (size_t start = 0; start < length;) {
    int32_t piece = -1;
    size_t piece_end = start;
    for (size_t i = start; i < length && state != WordPieceTrie::kNone; ++i) {
      state = trie_.next(state, static_cast<unsigned char>(word.bytes[i]));
      if (state == WordPieceTrie::kNone) break;
      const int32_t id = trie_.id(state);
      if (id < 0) continue;
      piece = id;
      piece_end = i + 1;
    }
    if (piece < 0) {
      ids.resize(ids_before);
      return ids.push_back(definition_.unknown_id);
    }
    ids.push_back(piece);
    start = piece_end;
    state = continuation_;
  }
}

}  // namespace limbeck::nlp
