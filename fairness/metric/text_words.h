#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace limbeck::fairness {

/// The text in lower case, with typographic apostrophes and hyphens (U+2019, U+2010, U+2011) as
/// those of ASCII, so that lists of words need one spelling alone.
std::string folded(const std::string& text);

/// Where a word stands: bytes [begin, end).
struct WordPlace {
  size_t begin = 0, end = 0;
};

/// The words of a folded text: runs of letters, marks and digits, with apostrophes inside; runs of
/// a script without spaces are cut as nlp::is_word_boundary says.
std::vector<WordPlace> word_places(std::string_view folded_text);

/// The words themselves, folded.
std::vector<std::string> words_of(const std::string& text);

}  // namespace limbeck::fairness
