#include "nlp/text/phrase_matcher.h"

#include <algorithm>
#include <cstdint>

#include "nlp/text/word_boundaries.h"

namespace limbeck::nlp {
namespace {

/// Where the phrase stands next at or after `from`; npos when it does not.
size_t find_phrase(std::string_view text, std::string_view phrase, size_t from) {
  for (size_t at = text.find(phrase, from); at != std::string_view::npos;
       at = text.find(phrase, at + 1))
    if (is_word_boundary(text, at) && is_word_boundary(text, at + phrase.size())) return at;
  return std::string_view::npos;
}

}  // namespace

PhraseMatcher::PhraseMatcher(std::vector<std::string> phrases) : phrases_(std::move(phrases)) {
  std::erase(phrases_, "");
}

bool PhraseMatcher::contains(std::string_view text) const {
  return std::any_of(phrases_.begin(), phrases_.end(), [&](const std::string& phrase) {
    return find_phrase(text, phrase, 0) != std::string_view::npos;
  });
}

size_t PhraseMatcher::find(std::string_view text, std::string_view phrase, size_t from) {
  return phrase.empty() ? std::string_view::npos : find_phrase(text, phrase, from);
}

int64_t PhraseMatcher::count(std::string_view text, std::string_view phrase) {
  if (phrase.empty()) return 0;
  int64_t found = 0;
  for (size_t at = find_phrase(text, phrase, 0); at != std::string_view::npos;
       at = find_phrase(text, phrase, at + phrase.size()))
    ++found;
  return found;
}

}  // namespace limbeck::nlp
