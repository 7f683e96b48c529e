#include "nlp/text/utf8.h"

#include <cstdint>
#include <cstring>

namespace limbeck::nlp {
namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

/// Bytes of the well-formed sequence that starts at `bytes`, 0 when there is none. Table 3-7, row
/// by row.
size_t sequence_length(const unsigned char* bytes, size_t left) {
  const unsigned char lead = bytes[0];
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4 || left < 2) return 0;
  if (lead < 0xE0) return is_continuation(bytes[1]) ? 2 : 0;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (bytes[1] < low || bytes[1] > high || left < 3 || !is_continuation(bytes[2])) return 0;
  if (lead < 0xF0) return 3;
  return left >= 4 && is_continuation(bytes[3]) ? 4 : 0;
}

}  // namespace

size_t first_invalid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t i = 0;
  while (i < text.size()) {
    uint64_t eight;
    if (i + sizeof eight <= text.size()) {
      std::memcpy(&eight, bytes + i, sizeof eight);
      if ((eight & 0x8080808080808080) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    const size_t length = sequence_length(bytes + i, text.size() - i);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

DecodedCharacter decode_utf8(std::string_view text, size_t at) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data()) + at;
  const auto part = [&](int index) { return static_cast<char32_t>(bytes[index] & 0x3F); };
  switch (sequence_length(bytes, text.size() - at)) {
    case 1:
      return {bytes[0], 1};
    case 2:
      return {static_cast<char32_t>(bytes[0] & 0x1F) << 6 | part(1), 2};
    case 3:
      return {static_cast<char32_t>(bytes[0] & 0x0F) << 12 | part(1) << 6 | part(2), 3};
    case 4:
      return {static_cast<char32_t>(bytes[0] & 0x07) << 18 | part(1) << 12 | part(2) << 6 | part(3),
              4};
    default:
      return {0xFFFD, 1};
  }
}

void append_utf8(char32_t code_point, std::string& text) {
  char bytes[4];
  text.append(bytes, static_cast<size_t>(write_utf8(code_point, bytes)));
}

size_t character_before(std::string_view text, size_t at) {
  size_t begin = at - 1;
  while (begin > 0 && is_continuation(static_cast<unsigned char>(text[begin])) && at - begin < 4)
    --begin;
  return begin;
}

}  // namespace limbeck::nlp
