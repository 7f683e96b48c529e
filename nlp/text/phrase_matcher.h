#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::nlp {

/// Finds words and phrases in text: case-sensitive, from a boundary of words to another
/// (word_boundaries.h).
class PhraseMatcher {
 public:
  /// Empty phrases are left out.
  explicit PhraseMatcher(std::vector<std::string> phrases);

  /// Is one of the phrases in the text? "Iran" is in "Iran's" and not in "Iranian".
  bool contains(std::string_view text) const;
  /// How many times does this phrase stand in the text?
  static int64_t count(std::string_view text, std::string_view phrase);
  /// Where the phrase stands next at or after byte `from`; npos when it does not.
  static size_t find(std::string_view text, std::string_view phrase, size_t from);

 private:
  std::vector<std::string> phrases_;
};

}  // namespace limbeck::nlp
