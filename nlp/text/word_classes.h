#pragma once

#include <cstdint>

/// Character classes of the regular expressions that cut words for byte-level BPE.
namespace limbeck::nlp {

/// \p{L}, \p{N}, \s, anything else, and the end of the text.
enum class WordClass : uint8_t { kLetter, kNumber, kSpace, kOther, kEnd };

/// For a byte below 128.
WordClass ascii_word_class(unsigned char byte);

WordClass word_class(char32_t c);

/// Categories Nd, Nl, No, by the Unicode version of the reference's digit splitter.
bool is_numeral(char32_t c);

}  // namespace limbeck::nlp
