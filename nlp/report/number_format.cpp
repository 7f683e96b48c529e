#include "nlp/report/number_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace limbeck::nlp {
namespace {

constexpr std::array<std::string_view, 4> kStyleNames = {"general", "integer", "fixed", "bytes"};
constexpr std::string_view kMinus = "\u2212";

std::string to_text(double value, std::chars_format kind, int digits) {
  std::array<char, 400> buffer;  // the longest double in fixed notation has 309 digits
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, kind, digits);
  return std::string(buffer.data(), end.ptr);
}

void strip_zeros(std::string& text) {
  if (text.find('.') == std::string::npos || text.find('e') != std::string::npos) return;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
}

std::string with_groups(const std::string& digits) {
  std::string result;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result += ',';
    result += digits[i];
  }
  return result;
}

std::string with_unit(double value, double step, std::initializer_list<std::string_view> units,
                      int digits) {
  auto unit = units.begin();
  for (; value >= step * 0.9995 && unit + 1 != units.end(); ++unit) value /= step;
  std::string text = to_text(value, std::chars_format::general, digits);
  if (text.find('e') != std::string::npos) text = to_text(value, std::chars_format::fixed, 0);
  return text + std::string(*unit);
}

std::string format_magnitude(double value, const NumberFormat& format) {
  const int digits = std::clamp(format.digits, 0, 17);
  switch (format.style) {
    case NumberStyle::kInteger:
      return with_groups(to_text(value, std::chars_format::fixed, 0));
    case NumberStyle::kFixed:
      return to_text(value, std::chars_format::fixed, digits);
    case NumberStyle::kBytes:
      return with_unit(value, 1000.0, {" B", " kB", " MB", " GB", " TB"}, 3);
    case NumberStyle::kGeneral:
      break;
  }
  return to_text(value, std::chars_format::general, std::max(1, digits));
}

bool is_zero(const std::string& text) {
  return text.find_first_of("123456789") == std::string::npos;
}

}  // namespace

std::string number_style_name(NumberStyle style) {
  return std::string(kStyleNames[static_cast<size_t>(style)]);
}

bool parse_number_style(const std::string& name, NumberStyle& style) {
  const auto found = std::find(kStyleNames.begin(), kStyleNames.end(), name);
  if (found == kStyleNames.end()) return false;
  style = static_cast<NumberStyle>(found - kStyleNames.begin());
  return true;
}

std::string format_number(double value, const NumberFormat& format) {
  const std::string magnitude = format_magnitude(std::abs(value), format);
  return value < 0 && !is_zero(magnitude) ? std::string(kMinus) + magnitude : magnitude;
}

std::string format_measurement(const Measurement& measurement, const NumberFormat& format) {
  return measurement.has_value() ? format_number(measurement.value(), format) : "\u2013";
}

std::string format_tick(double value) {
  const double magnitude = std::abs(value);
  std::string text;
  if (magnitude >= 1000.0) {
    text = with_unit(magnitude, 1000.0, {"", "k", "M", "G", "T"}, 4);
  } else if (magnitude != 0.0 && magnitude < 1e-4) {
    text = to_text(magnitude, std::chars_format::general, 3);
    const size_t exponent = text.find("e-0");
    if (exponent != std::string::npos) text.replace(exponent, 3, "e\u2212");
  } else {
    text = to_text(magnitude, std::chars_format::fixed, 6);
    strip_zeros(text);
  }
  return value < 0 && !is_zero(text) ? std::string(kMinus) + text : text;
}

}  // namespace limbeck::nlp
