#include "nlp/text/lossy_utf8.h"

#include "nlp/text/utf8.h"

namespace limbeck::nlp {
namespace {

struct Lead {
  int bytes = 0;                          ///< of the whole character; 0: starts none
  unsigned char low = 0x80, high = 0xBF;  ///< range of the second byte
};

/// The Unicode Standard, table 3-7.
Lead lead_of(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {2};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  if (byte >= 0xF1 && byte <= 0xF3) return {4};
  return {};
}

/// Bytes at `at` that a well-formed character could begin with, at least 1.
size_t subpart(std::string_view text, size_t at, size_t& wanted) {
  const Lead lead = lead_of(static_cast<unsigned char>(text[at]));
  wanted = static_cast<size_t>(lead.bytes);
  size_t count = 1;
  for (; count < wanted && at + count < text.size(); ++count) {
    const auto byte = static_cast<unsigned char>(text[at + count]);
    const unsigned char low = count == 1 ? lead.low : 0x80, high = count == 1 ? lead.high : 0xBF;
    if (byte < low || byte > high) break;
  }
  return count;
}

}  // namespace

std::string lossy_utf8(std::string_view bytes) {
  size_t bad = first_invalid_utf8(bytes);
  std::string text;
  while (bad != std::string_view::npos) {
    text += bytes.substr(0, bad);
    text += "\xEF\xBF\xBD";
    size_t wanted = 0;
    bytes.remove_prefix(bad + subpart(bytes, bad, wanted));
    bad = first_invalid_utf8(bytes);
  }
  return text += bytes;
}

size_t open_utf8_tail(std::string_view bytes) {
  for (size_t length = 1; length < 4 && length <= bytes.size(); ++length) {
    size_t wanted = 0;
    const size_t count = subpart(bytes, bytes.size() - length, wanted);
    if (wanted > length && count == length) return length;
    if (wanted != 0) return 0;
  }
  return 0;
}

}  // namespace limbeck::nlp
