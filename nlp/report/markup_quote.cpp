#include "nlp/report/markup_quote.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace limbeck::nlp {
namespace {

/// Valid UTF-8, with U+FFFD for what is not.
std::string valid_utf8(std::string_view text) {
  const nlohmann::json json = std::string(text);
  return nlohmann::json::parse(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

uint32_t decode(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const uint32_t lead = byte(at);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint32_t code = length == 1 ? lead : lead & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) code = code << 6 | (byte(at + i) & 0x3F);
  at += length;
  return code;
}

/// Characters that YAML forbids or folds even inside quotes.
bool is_escaped_in_yaml(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0x2028 || code == 0x2029 ||
         code == 0xFEFF || code == 0xFFFE || code == 0xFFFF ||
         (code >= 0x1FFFE && (code & 0xFFFE) == 0xFFFE);
}

std::string hex_escape(uint32_t code) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result = "\\U";
  for (int shift = 28; shift >= 0; shift -= 4) result += kDigits[(code >> shift) & 0xF];
  return result;
}

}  // namespace

std::string yaml_quoted(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string result = "\"";
  for (size_t at = 0; at < valid.size();) {
    const size_t start = at;
    const uint32_t code = decode(valid, at);
    if (code == '"' || code == '\\') {
      result += '\\';
      result += static_cast<char>(code);
    } else if (is_escaped_in_yaml(code)) {
      result += hex_escape(code);
    } else {
      result.append(valid, start, at - start);
    }
  }
  return result + "\"";
}

std::string markdown_escaped(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_{}[]()#+-.!|~$";
  std::string result;
  for (const char c : valid_utf8(text)) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      result += ' ';
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      if (kMarkup.find(c) != std::string_view::npos) result += '\\';
      result += c;
    }
  }
  return result;
}

std::string markdown_code_block(std::string_view code, std::string_view language) {
  size_t longest = 0, run = 0;
  for (const char c : code) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<size_t>(3, longest + 1), '`');
  return fence + std::string(language) + "\n" + valid_utf8(code) + "\n" + fence + "\n";
}

}  // namespace limbeck::nlp
