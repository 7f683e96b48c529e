#include "nlp/text/word_piece_tokenizer.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/text/bert_characters.h"
#include "nlp/text/utf8.h"

namespace limbeck::nlp {
namespace {

AddedTokenMatcher matcher(const WordPieceDefinition& definition, bool is_normalized) {
  std::vector<AddedToken> tokens;
  for (AddedToken token : definition.added) {
    if (token.normalized != is_normalized) continue;
    if (is_normalized) {
      std::string content;
      for (const NormalizedCharacter& c : bert_normalize(token.content, definition.normalizer))
        append_utf8(c.code_point, content);
      token.content = content;
    }
    tokens.push_back(std::move(token));
  }
  return AddedTokenMatcher(std::move(tokens));
}

size_t longest_piece_bytes(const WordPieceDefinition& definition) {
  const auto characters = static_cast<size_t>(definition.max_characters_per_word);
  return definition.continuing_prefix.size() + 4 * characters;
}

/// Special tokens of the template, and the room they leave for text.
size_t text_room(const SequenceTemplate& sequence, int32_t max_length) {
  const int32_t special = special_count(sequence);
  if (max_length < special)
    throw ConfigError("encode: max_length must be at least the " + std::to_string(special) +
                      " special tokens, got " + std::to_string(max_length));
  return static_cast<size_t>(max_length - special);
}

/// The kept tokens of one text that is too long.
template <class T>
void keep(std::vector<T>& tokens, size_t count, bool drops_left) {
  if (tokens.size() <= count) return;
  if (drops_left) {
    tokens.erase(tokens.begin(), tokens.end() - static_cast<ptrdiff_t>(count));
  } else {
    tokens.erase(tokens.begin() + static_cast<ptrdiff_t>(count), tokens.end());
  }
}

void require_addressable(std::string_view text) {
  if (text.size() > size_t{1} << 30)
    throw DataError("encode: expected a text of at most 1 GiB, got " + std::to_string(text.size()) +
                    " bytes");
}

}  // namespace

WordPieceTokenizer::WordPieceTokenizer(WordPieceDefinition definition)
    : definition_(std::move(definition)),
      characters_(definition_.normalizer),
      trie_(definition_.tokens, longest_piece_bytes(definition_)),
      continuation_(trie_.walk(WordPieceTrie::kRoot, definition_.continuing_prefix)),
      added_(matcher(definition_, false)),
      added_normalized_(matcher(definition_, true)) {}

Encoding WordPieceTokenizer::encode(std::string_view text, std::optional<std::string_view> pair,
                                    int32_t max_length) const {
  const SequenceTemplate& sequence = pair ? definition_.pair : definition_.single;
  const size_t room = text_room(sequence, max_length);
  std::vector<Token> first = tokens(text);
  std::vector<Token> second = pair ? tokens(*pair) : std::vector<Token>();
  const KeptLengths kept = pair ? truncate_pair(first.size(), second.size(), room)
                                : KeptLengths{std::min(first.size(), room), 0};
  keep(first, kept.first, definition_.truncates_left);
  keep(second, kept.second, definition_.truncates_left);
  Encoding encoding;
  const auto add = [&](int32_t id, TextSpan span, int32_t type_id, bool is_special) {
    encoding.ids.push_back(id);
    encoding.spans.push_back(span);
    encoding.type_ids.push_back(type_id);
    encoding.special_mask.push_back(is_special ? 1 : 0);
  };
  for (const TemplatePart& part : sequence) {
    if (part.kind == TemplatePart::Kind::kSpecial) {
      for (const int32_t id : part.ids) add(id, {}, part.type_id, true);
    } else {
      for (const Token& token : part.kind == TemplatePart::Kind::kFirst ? first : second)
        add(token.id, token.span, part.type_id, false);
    }
  }
  return encoding;
}

std::vector<WordPieceTokenizer::Token> WordPieceTokenizer::tokens(std::string_view text) const {
  require_addressable(text);
  std::vector<Token> out;
  for (const TextSegment& segment : added_.split(text)) {
    const auto begin = static_cast<int32_t>(segment.begin);
    if (segment.id >= 0) {
      out.push_back({segment.id, {begin, static_cast<int32_t>(segment.end)}});
    } else {
      add_segment(text.substr(segment.begin, segment.end - segment.begin), begin, out);
    }
  }
  return out;
}

void WordPieceTokenizer::add_segment(std::string_view text, int32_t offset,
                                     std::vector<Token>& out) const {
  std::vector<NormalizedCharacter> characters = bert_normalize(text, definition_.normalizer);
  for (NormalizedCharacter& c : characters) {
    c.span.begin += offset;
    c.span.end += offset;
  }
  if (added_normalized_.empty()) return add_words(characters, out);
  std::string cleaned;
  std::vector<size_t> character_at;  // by byte of `cleaned`
  for (size_t i = 0; i < characters.size(); ++i) {
    append_utf8(characters[i].code_point, cleaned);
    character_at.resize(cleaned.size(), i);
  }
  character_at.push_back(characters.size());
  for (const TextSegment& segment : added_normalized_.split(cleaned)) {
    const auto begin = characters.begin() + static_cast<ptrdiff_t>(character_at[segment.begin]);
    const auto end = characters.begin() + static_cast<ptrdiff_t>(character_at[segment.end]);
    if (segment.id < 0) {
      add_words({begin, end}, out);
    } else {
      out.push_back({segment.id, {begin->span.begin, (end - 1)->span.end}});
    }
  }
}

void WordPieceTokenizer::add_words(const std::vector<NormalizedCharacter>& characters,
                                   std::vector<Token>& out) const {
  const NormalizedCharacter* word = characters.data();
  const NormalizedCharacter* const end = word + characters.size();
  for (const NormalizedCharacter* c = word; c != end; ++c) {
    const bool is_space = is_bert_whitespace(c->code_point);
    const bool is_isolated = is_bert_punctuation(c->code_point);
    if (!is_space && !is_isolated) continue;
    add_word(word, c, out);
    if (is_isolated) add_word(c, c + 1, out);
    word = c + 1;
  }
  add_word(word, end, out);
}

void WordPieceTokenizer::add_word(const NormalizedCharacter* begin, const NormalizedCharacter* end,
                                  std::vector<Token>& out) const {
  if (begin == end) return;
  const Token unknown{definition_.unknown_id, {begin->span.begin, (end - 1)->span.end}};
  const size_t pieces_before = out.size();
  if (end - begin > definition_.max_characters_per_word) return out.push_back(unknown);
  for (const NormalizedCharacter* start = begin; start != end;) {
    WordPieceTrie::State state = start == begin ? WordPieceTrie::kRoot : continuation_;
    Token piece{-1, {}};
    const NormalizedCharacter* piece_end = start;
    for (const NormalizedCharacter* c = start; c != end && state != WordPieceTrie::kNone; ++c) {
      char bytes[4];
      const int32_t count = write_utf8(c->code_point, bytes);
      state = trie_.walk(state, {bytes, static_cast<size_t>(count)});
      if (state == WordPieceTrie::kNone || trie_.id(state) < 0) continue;
      piece.id = trie_.id(state);
      piece_end = c + 1;
    }
    if (piece.id < 0) {
      out.resize(pieces_before);
      return out.push_back(unknown);
    }
    piece.span = {start->span.begin, (piece_end - 1)->span.end};
    out.push_back(piece);
    start = piece_end;
  }
}

int32_t WordPieceTokenizer::vocabulary_size() const {
  return static_cast<int32_t>(definition_.tokens.size());
}

std::string WordPieceTokenizer::token(int32_t id) const {
  if (id < 0 || id >= vocabulary_size())
    throw ConfigError("token: expected an id from 0 to " + std::to_string(vocabulary_size() - 1) +
                      ", got " + std::to_string(id));
  return definition_.tokens[static_cast<size_t>(id)];
}

void WordPieceTokenizer::save(const std::filesystem::path& directory) const {
  write_word_piece(directory, definition_);
}

void WordPieceTokenizer::append_ids(std::string_view text, std::optional<std::string_view> pair,
                                    int32_t max_length, std::vector<int32_t>& ids) const {
  const SequenceTemplate& sequence = pair ? definition_.pair : definition_.single;
  const size_t room = text_room(sequence, max_length);
  const bool needs_all = pair.has_value() || definition_.truncates_left;
  std::vector<int32_t> first, second;
  if (pair) {
    append_text(text, ~size_t{0}, first);
    append_text(*pair, ~size_t{0}, second);
    const KeptLengths kept = truncate_pair(first.size(), second.size(), room);
    keep(first, kept.first, definition_.truncates_left);
    keep(second, kept.second, definition_.truncates_left);
  }
  for (const TemplatePart& part : sequence) {
    if (part.kind == TemplatePart::Kind::kSpecial) {
      ids.insert(ids.end(), part.ids.begin(), part.ids.end());
    } else if (pair) {
      const std::vector<int32_t>& part_ids =
          part.kind == TemplatePart::Kind::kFirst ? first : second;
      ids.insert(ids.end(), part_ids.begin(), part_ids.end());
    } else {
      const auto start = static_cast<ptrdiff_t>(ids.size());
      append_text(text, needs_all ? ~size_t{0} : room, ids);
      const size_t count = ids.size() - static_cast<size_t>(start);
      if (count <= room) continue;
      if (definition_.truncates_left)
        ids.erase(ids.begin() + start, ids.begin() + start + static_cast<ptrdiff_t>(count - room));
      ids.resize(static_cast<size_t>(start) + room);
    }
  }
}

}  // namespace limbeck::nlp
