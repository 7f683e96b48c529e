#include "nlp/text/bert_characters.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace limbeck::nlp {
namespace {

/// Was the character assigned in Unicode `major`.0 or before?
bool is_assigned_in(char32_t c, int major) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] != 0 && (age[0] < major || (age[0] == major && age[1] == 0));
}

uint32_t category_mask(char32_t c) { return U_GET_GC_MASK(static_cast<UChar32>(c)); }

bool in(char32_t c, char32_t first, char32_t last) { return first <= c && c <= last; }

/// Upper-case characters of Unicode 16 and 17: `first, first + step, ...` map to themselves +
/// `shift`.
struct LowercaseRange {
  char32_t first, last;
  uint32_t step;
  int32_t shift;
};
constexpr LowercaseRange kLowercaseAfter15[] = {
    {0x1C89, 0x1C89, 1, 1},    {0xA7CB, 0xA7CB, 1, 0x264 - 0xA7CB},
    {0xA7CC, 0xA7CE, 2, 1},    {0xA7D2, 0xA7D4, 2, 1},
    {0xA7DA, 0xA7DA, 1, 1},    {0xA7DC, 0xA7DC, 1, 0x19B - 0xA7DC},
    {0x10D50, 0x10D65, 1, 32}, {0x16EA0, 0x16EB8, 1, 27},
};

}  // namespace

bool is_bert_whitespace(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0; }

bool is_bert_control(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  if ((category_mask(c) & (U_GC_CC_MASK | U_GC_CO_MASK)) != 0) return true;
  return (category_mask(c) & U_GC_CF_MASK) != 0 && is_assigned_in(c, 8);
}

bool is_bert_nonspacing_mark(char32_t c) {
  switch (c) {
    case 0x1734:  // Mn until 13.0, Mc since
      return true;
    case 0x1885:  // Lo until 8.0, Mn since
    case 0x1886:
    case 0xA9BD:   // Mc until 10.0, Mn since
    case 0x111C9:  // Po until 10.0, Mn since
      return false;
    default:
      return (category_mask(c) & U_GC_MN_MASK) != 0 && is_assigned_in(c, 8);
  }
}

bool is_bert_punctuation(char32_t c) {
  if (c < 0x80) return in(c, 33, 47) || in(c, 58, 64) || in(c, 91, 96) || in(c, 123, 126);
  if (c == 0x166D || c == 0x111C9) return true;  // Po in 8.0; So and Mn since
  return (category_mask(c) & U_GC_P_MASK) != 0 && is_assigned_in(c, 8);
}

bool is_bert_ideograph(char32_t c) {
  return in(c, 0x4E00, 0x9FFF) || in(c, 0x3400, 0x4DBF) || in(c, 0x20000, 0x2A6DF) ||
         in(c, 0x2A700, 0x2B73F) || in(c, 0x2B740, 0x2B81F) || in(c, 0x2B920, 0x2CEAF) ||
         in(c, 0xF900, 0xFAFF) || in(c, 0x2F800, 0x2FA1F);
}

bool is_word_character(char32_t c) {
  const auto code = static_cast<UChar32>(c);
  return (category_mask(c) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0 ||
         u_hasBinaryProperty(code, UCHAR_ALPHABETIC) != 0 ||
         u_hasBinaryProperty(code, UCHAR_JOIN_CONTROL) != 0;
}

int canonical_combining_class(char32_t c) {
  return c < 0x300 || !is_assigned_in(c, 9) ? 0 : u_getCombiningClass(static_cast<UChar32>(c));
}

void append_decomposition(char32_t c, std::u32string& out) {
  UErrorCode status = U_ZERO_ERROR;
  static const UNormalizer2* const nfd = unorm2_getNFDInstance(&status);
  constexpr int32_t kCapacity = 32;  // the longest canonical decomposition has 4 characters
  UChar units[kCapacity];
  int32_t length = -1;
  if (c >= 0xC0 && is_assigned_in(c, 9))
    length = unorm2_getDecomposition(nfd, static_cast<UChar32>(c), units, kCapacity, &status);
  if (length < 0 || U_FAILURE(status)) {
    out.push_back(c);
    return;
  }
  for (int32_t i = 0; i < length;) {
    UChar32 part;
    U16_NEXT(units, i, length, part);
    out.push_back(static_cast<char32_t>(part));
  }
}

void append_lowercase(char32_t c, std::u32string& out) {
  if (c == 0x130) {  // the only character whose simple and full lower case differ
    out.append(U"i\u0307");
    return;
  }
  const auto listed = std::find_if(
      std::begin(kLowercaseAfter15), std::end(kLowercaseAfter15), [c](const LowercaseRange& range) {
        return in(c, range.first, range.last) && (c - range.first) % range.step == 0;
      });
  if (listed != std::end(kLowercaseAfter15)) {
    out.push_back(c + static_cast<char32_t>(listed->shift));
    return;
  }
  out.push_back(is_assigned_in(c, 15) ? static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)))
                                      : c);
}

}  // namespace limbeck::nlp
