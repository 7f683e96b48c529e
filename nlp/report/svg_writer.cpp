#include "nlp/report/svg_writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace limbeck::nlp {
namespace {

constexpr double kAverageCharacter =
    0.56;  // of the font size; measured on sans-serif digits and English
constexpr double kWideCharacter = 1.05;
constexpr std::string_view kReplacement = "\uFFFD";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

double character_width(char lead, double font_px) {
  const auto byte = static_cast<unsigned char>(lead);
  return font_px * (byte >= 0xE3 ? kWideCharacter : kAverageCharacter);  // 0xE3: U+3000 and above
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
          result += kReplacement;
        } else {
          result += c;
        }
    }
  }
  return result;
}

std::string coordinate(double value) {
  if (!std::isfinite(value)) return "0";
  std::array<char, 400> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, 2);
  std::string text(buffer.data(), end.ptr);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string path_step(char command, double x, double y) {
  std::string step(1, command);
  step.append(coordinate(x)).append(" ").append(coordinate(y));
  return step;
}

double text_width(std::string_view text, double font_px) {
  double width = 0;
  for (const char c : text)
    if (!is_continuation(c)) width += character_width(c, font_px);
  return width;
}

std::string fitted_text(std::string_view text, double max_px, double font_px) {
  if (text_width(text, font_px) <= max_px) return std::string(text);
  double width = font_px * kWideCharacter;  // of the ellipsis
  size_t end = 0;
  for (size_t next = 0; next < text.size();) {
    width += character_width(text[next], font_px);
    if (width > max_px) break;
    do ++next;
    while (next < text.size() && is_continuation(text[next]));
    end = next;
  }
  return std::string(text.substr(0, end)) + "\u2026";
}

void SvgWriter::start(std::string_view element, Attributes attributes) {
  result_ += '<';
  result_ += element;
  for (const SvgAttribute& attribute : attributes) {
    result_ += ' ';
    result_ += attribute.name;
    result_ += "=\"" + escape_markup(attribute.value) + '"';
  }
}

void SvgWriter::open(std::string_view element, Attributes attributes) {
  start(element, attributes);
  result_ += '>';
}

void SvgWriter::close(std::string_view element) {
  result_ += "</";
  result_ += element;
  result_ += ">\n";
}

void SvgWriter::empty(std::string_view element, Attributes attributes) {
  start(element, attributes);
  result_ += "/>\n";
}

void SvgWriter::text(std::string_view element, Attributes attributes, std::string_view content) {
  open(element, attributes);
  result_ += escape_markup(content);
  close(element);
}

}  // namespace limbeck::nlp
