#include "fairness/metric/text_words.h"

#include "nlp/text/bert_characters.h"
#include "nlp/text/letter_case.h"
#include "nlp/text/utf8.h"
#include "nlp/text/word_boundaries.h"

namespace limbeck::fairness {
namespace {

bool word_starts(std::string_view text, size_t at) {
  return at < text.size() && nlp::is_word_character(nlp::decode_utf8(text, at).code_point);
}

/// Within a run of word characters, as scripts without spaces write their words. An apostrophe
/// before `at` joins.
bool begins_word_inside(std::string_view text, size_t at) {
  return text[at - 1] != '\'' && nlp::is_word_boundary(text, at);
}

}  // namespace

std::string folded(const std::string& text) {
  const std::string lower = nlp::lowercased(text);
  std::string out;
  for (size_t at = 0; at < lower.size();) {
    const nlp::DecodedCharacter here = nlp::decode_utf8(lower, at);
    const auto bytes = static_cast<size_t>(here.bytes);
    if (here.code_point == U'\u2019')
      out += '\'';
    else if (here.code_point == U'\u2010' || here.code_point == U'\u2011')
      out += '-';
    else
      out.append(lower, at, bytes);
    at += bytes;
  }
  return out;
}

std::vector<WordPlace> word_places(std::string_view folded_text) {
  std::vector<WordPlace> places;
  bool is_inside = false;
  for (size_t at = 0; at < folded_text.size();) {
    const nlp::DecodedCharacter here = nlp::decode_utf8(folded_text, at);
    const size_t next = at + static_cast<size_t>(here.bytes);
    const bool joins = is_inside && folded_text[at] == '\'' && word_starts(folded_text, next);
    if (joins || nlp::is_word_character(here.code_point)) {
      if (!is_inside || (!joins && begins_word_inside(folded_text, at))) places.push_back({at, at});
      places.back().end = next;
      is_inside = true;
    } else {
      is_inside = false;
    }
    at = next;
  }
  return places;
}

std::vector<std::string> words_of(const std::string& text) {
  const std::string lower = folded(text);
  std::vector<std::string> words;
  for (const WordPlace& place : word_places(lower))
    words.push_back(lower.substr(place.begin, place.end - place.begin));
  return words;
}

}  // namespace limbeck::fairness
