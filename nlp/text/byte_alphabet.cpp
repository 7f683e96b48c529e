#include "nlp/text/byte_alphabet.h"

#include <array>

#include "nlp/text/utf8.h"

namespace limbeck::nlp {
namespace {

constexpr char32_t kCharacters = 0x144;  ///< all characters of the alphabet are below

bool prints(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Alphabet {
  std::array<char32_t, 256> character{};
  std::array<int16_t, kCharacters> byte{};

  Alphabet() {
    byte.fill(-1);
    char32_t next = 0x100;
    for (int b = 0; b < 256; ++b) {
      const char32_t c = prints(b) ? static_cast<char32_t>(b) : next++;
      character[static_cast<size_t>(b)] = c;
      byte[c] = static_cast<int16_t>(b);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet table;
  return table;
}

}  // namespace

char32_t byte_character(uint8_t byte) { return alphabet().character[byte]; }

std::optional<std::string> bytes_of_characters(std::string_view token) {
  std::string bytes;
  bytes.reserve(token.size());
  for (size_t at = 0; at < token.size();) {
    const DecodedCharacter c = decode_utf8(token, at);
    if (c.code_point >= kCharacters || alphabet().byte[c.code_point] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(alphabet().byte[c.code_point]));
    at += static_cast<size_t>(c.bytes);
  }
  return bytes;
}

std::string characters_of_bytes(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) append_utf8(byte_character(static_cast<uint8_t>(byte)), text);
  return text;
}

}  // namespace limbeck::nlp
