#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "nlp/text/tokenizer.h"

namespace limbeck::nlp {

/// How text is cleaned before it is cut into words.
struct BertNormalizerOptions {
  bool clean_text = true;             ///< remove control characters, make every white space a space
  bool space_ideographs = true;       ///< spaces around ideographs (`tokenize_chinese_chars`)
  std::optional<bool> strip_accents;  ///< decompose and remove Mn; absent = as `lowercase`
  bool lowercase = true;              ///< lower-case each character (`do_lower_case`)

  bool strips_accents() const { return strip_accents.value_or(lowercase); }
  bool operator==(const BertNormalizerOptions&) const = default;
};

/// One character of the cleaned text and the bytes of the original character it comes from.
struct NormalizedCharacter {
  char32_t code_point = 0;
  TextSpan span;
};

/// The cleaned text, step by step as the reference does it: clean, space ideographs, decompose
/// (NFD), remove marks, lower-case.
std::vector<NormalizedCharacter> bert_normalize(std::string_view text,
                                                const BertNormalizerOptions& options);

}  // namespace limbeck::nlp
