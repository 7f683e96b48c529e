#include "nlp/text/word_classes.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace limbeck::nlp {
namespace {

struct Range {
  char32_t first, last;
};

/// Letters of Unicode 15 and 16, which the reference's regular expressions know.
constexpr Range kNewLetters[] = {
    {0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3},
    {0x10D4A, 0x10D65}, {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4}, {0x1123F, 0x11240},
    {0x11380, 0x11389}, {0x1138B, 0x1138B}, {0x1138E, 0x1138E}, {0x11390, 0x113B5},
    {0x113B7, 0x113B7}, {0x113D1, 0x113D1}, {0x113D3, 0x113D3}, {0x11BC0, 0x11BE0},
    {0x11F02, 0x11F02}, {0x11F04, 0x11F10}, {0x11F12, 0x11F33}, {0x1342F, 0x1342F},
    {0x13441, 0x13446}, {0x13460, 0x143FA}, {0x16100, 0x1611D}, {0x16D40, 0x16D6C},
    {0x18CFF, 0x18CFF}, {0x1B132, 0x1B132}, {0x1B155, 0x1B155}, {0x1DF25, 0x1DF2A},
    {0x1E030, 0x1E06D}, {0x1E4D0, 0x1E4EB}, {0x1E5D0, 0x1E5ED}, {0x1E5F0, 0x1E5F0},
    {0x2B739, 0x2B739}, {0x2EBF0, 0x2EE5D}, {0x31350, 0x323AF}};

/// Numbers of Unicode 15 and 16.
constexpr Range kNewNumbers[] = {{0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9},
                                 {0x11F50, 0x11F59}, {0x16130, 0x16139}, {0x16D70, 0x16D79},
                                 {0x1CCF0, 0x1CCF9}, {0x1D2C0, 0x1D2D3}, {0x1E4F0, 0x1E4F9},
                                 {0x1E5F1, 0x1E5FA}};

/// Numerals that only its digit splitter knows, which follows Unicode 17.
constexpr Range kNewerNumerals[] = {{0x11DE0, 0x11DE9}, {0x16FF4, 0x16FF6}};

template <size_t kCount>
bool in(const Range (&ranges)[kCount], char32_t c) {
  const auto* found =
      std::upper_bound(std::begin(ranges), std::end(ranges), c,
                       [](char32_t x, const Range& range) { return x < range.first; });
  return found != std::begin(ranges) && c <= (found - 1)->last;
}

WordClass class_of(char32_t c) {
  const auto code = static_cast<UChar32>(c);
  const uint32_t mask = U_GET_GC_MASK(code);
  if ((mask & U_GC_L_MASK) != 0) return WordClass::kLetter;
  if ((mask & U_GC_N_MASK) != 0) return WordClass::kNumber;
  if (u_isUWhiteSpace(code) != 0) return WordClass::kSpace;
  if (c < kNewLetters[0].first) return WordClass::kOther;
  if (in(kNewLetters, c)) return WordClass::kLetter;
  return in(kNewNumbers, c) ? WordClass::kNumber : WordClass::kOther;
}

std::array<WordClass, 128> ascii_classes() {
  std::array<WordClass, 128> classes;
  for (size_t c = 0; c < 128; ++c) classes[c] = class_of(static_cast<char32_t>(c));
  return classes;
}

}  // namespace

WordClass ascii_word_class(unsigned char byte) {
  static const std::array<WordClass, 128> classes = ascii_classes();
  return classes[byte & 127];
}

WordClass word_class(char32_t c) { return class_of(c); }

bool is_numeral(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return class_of(c) == WordClass::kNumber || in(kNewerNumerals, c);
}

}  // namespace limbeck::nlp
