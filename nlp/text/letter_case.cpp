#include "nlp/text/letter_case.h"

#include <unicode/uchar.h>

#include "nlp/text/bert_characters.h"
#include "nlp/text/utf8.h"

namespace limbeck::nlp {

std::string lowercased(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  std::u32string characters;
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      lower.push_back(static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte));
      ++at;
      continue;
    }
    const DecodedCharacter c = decode_utf8(text, at);
    characters.clear();
    append_lowercase(c.code_point, characters);
    for (const char32_t character : characters) append_utf8(character, lower);
    at += static_cast<size_t>(c.bytes);
  }
  return lower;
}

bool is_upper_case(std::string_view text) {
  bool has_upper = false;
  for (size_t at = 0; at < text.size();) {
    const DecodedCharacter c = decode_utf8(text, at);
    const auto code = static_cast<UChar32>(c.code_point);
    if (u_hasBinaryProperty(code, UCHAR_LOWERCASE) != 0 || u_istitle(code) != 0) return false;
    has_upper = has_upper || u_hasBinaryProperty(code, UCHAR_UPPERCASE) != 0;
    at += static_cast<size_t>(c.bytes);
  }
  return has_upper;
}

}  // namespace limbeck::nlp
