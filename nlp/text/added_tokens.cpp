#include "nlp/text/added_tokens.h"

#include <algorithm>

#include "nlp/text/bert_characters.h"
#include "nlp/text/utf8.h"

namespace limbeck::nlp {
namespace {

bool ends_with_word(std::string_view text, size_t end) {
  return end > 0 && is_word_character(decode_utf8(text, character_before(text, end)).code_point);
}

bool starts_with_word(std::string_view text, size_t begin) {
  return begin < text.size() && is_word_character(decode_utf8(text, begin).code_point);
}

size_t before_spaces(std::string_view text, size_t end, size_t least) {
  while (end > least) {
    const size_t begin = character_before(text, end);
    if (begin < least || !is_bert_whitespace(decode_utf8(text, begin).code_point)) break;
    end = begin;
  }
  return end;
}

size_t after_spaces(std::string_view text, size_t begin) {
  while (begin < text.size()) {
    const DecodedCharacter character = decode_utf8(text, begin);
    if (!is_bert_whitespace(character.code_point)) break;
    begin += static_cast<size_t>(character.bytes);
  }
  return begin;
}

}  // namespace

AddedTokenMatcher::AddedTokenMatcher(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::erase_if(tokens_, [](const AddedToken& token) { return token.content.empty(); });
  std::stable_sort(tokens_.begin(), tokens_.end(), [](const AddedToken& a, const AddedToken& b) {
    return a.content.size() > b.content.size();
  });
  for (const AddedToken& token : tokens_)
    can_start_[static_cast<unsigned char>(token.content[0])] = true;
  if (std::count(can_start_.begin(), can_start_.end(), true) == 1)
    only_first_byte_ = static_cast<unsigned char>(tokens_[0].content[0]);
}

bool AddedTokenMatcher::may_match(std::string_view text) const {
  if (tokens_.empty()) return false;
  if (only_first_byte_ >= 0)
    return text.find(static_cast<char>(only_first_byte_)) != std::string_view::npos;
  return std::any_of(text.begin(), text.end(),
                     [&](char c) { return can_start_[static_cast<unsigned char>(c)]; });
}

const AddedToken* AddedTokenMatcher::match(std::string_view text, size_t at) const {
  if (!can_start_[static_cast<unsigned char>(text[at])]) return nullptr;
  for (const AddedToken& token : tokens_)
    if (text.substr(at).starts_with(token.content)) return &token;
  return nullptr;
}

std::vector<TextSegment> AddedTokenMatcher::split(std::string_view text) const {
  std::vector<TextSegment> segments;
  size_t done = 0;  // everything before this is in a segment
  for (size_t at = 0; at < text.size();) {
    const AddedToken* token = match(text, at);
    if (token == nullptr) {
      ++at;
      continue;
    }
    size_t begin = at, end = at + token->content.size();
    at = end;
    if (token->single_word && (ends_with_word(text, begin) || starts_with_word(text, end)))
      continue;
    if (token->lstrip) begin = before_spaces(text, begin, done);
    if (token->rstrip) end = after_spaces(text, end);
    begin = std::max(begin, done);
    if (done < begin) segments.push_back({-1, done, begin});
    segments.push_back({token->id, begin, end});
    done = end;
  }
  if (done < text.size()) segments.push_back({-1, done, text.size()});
  return segments;
}

}  // namespace limbeck::nlp
