#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::nlp {

/// A token that is looked for in the text as it is written, such as [MASK].
struct AddedToken {
  std::string content;
  int32_t id = 0;
  bool is_special = false;   ///< left out by decode()
  bool single_word = false;  ///< only where no word character touches it
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space after it
  bool normalized = false;   ///< looked for in the cleaned text, itself cleaned
};

/// A stretch of text: an added token, or text between two of them (`id` = -1).
struct TextSegment {
  int32_t id = -1;
  size_t begin = 0, end = 0;
};

/// Finds added tokens: leftmost, then longest, not overlapping.
class AddedTokenMatcher {
 public:
  AddedTokenMatcher() = default;
  /// Tokens with empty content are left out.
  explicit AddedTokenMatcher(std::vector<AddedToken> tokens);

  bool empty() const { return tokens_.empty(); }
  /// Is there any place in `text` where a token might start?
  bool may_match(std::string_view text) const;
  /// The segments of `text` in order; empty stretches of text are left out.
  std::vector<TextSegment> split(std::string_view text) const;

 private:
  const AddedToken* match(std::string_view text, size_t at) const;

  std::vector<AddedToken> tokens_;  // longest first
  std::array<bool, 256> can_start_{};
  int only_first_byte_ = -1;  // the byte all tokens start with, when there is one
};

}  // namespace limbeck::nlp
