#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace limbeck::nlp {

/// Position of the first byte that is not part of well-formed UTF-8, or std::string_view::npos when
/// all of it is.
///
/// Source: The Unicode Standard, table 3-7 (no overlong forms, no surrogates, nothing above
/// U+10FFFF).
size_t first_invalid_utf8(std::string_view text);

/// One code point and the bytes it took.
struct DecodedCharacter {
  char32_t code_point = 0;
  int32_t bytes = 0;
};

/// The character at `at` < text.size(). A byte that starts no well-formed sequence gives U+FFFD and
/// takes one byte.
DecodedCharacter decode_utf8(std::string_view text, size_t at);

/// Where the character before `at` > 0 starts.
size_t character_before(std::string_view text, size_t at);

/// Appends a scalar value (not a surrogate, at most U+10FFFF).
void append_utf8(char32_t code_point, std::string& text);

/// Writes a scalar value to `out`, which has room for 4 bytes; the result is the number written.
inline int32_t write_utf8(char32_t code_point, char* out) {
  if (code_point < 0x80) {
    out[0] = static_cast<char>(code_point);
    return 1;
  }
  const int32_t bytes = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
  for (int32_t i = bytes - 1; i > 0; --i, code_point >>= 6)
    out[i] = static_cast<char>(0x80 | (code_point & 0x3F));
  const int32_t lead = bytes == 2 ? 0xC0 : bytes == 3 ? 0xE0 : 0xF0;
  out[0] = static_cast<char>(lead | static_cast<int32_t>(code_point));
  return bytes;
}

}  // namespace limbeck::nlp
