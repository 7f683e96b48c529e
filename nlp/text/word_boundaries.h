#pragma once

#include <cstddef>
#include <string_view>

namespace limbeck::nlp {

/// May a word begin or end at byte `at` of the text (0 .. size)?
///
/// Yes where a side has no word character: so "Iran" is a word in "Iran's". Between two word
/// characters ICU's word break iterator decides (Unicode Standard Annex 29, with its dictionaries
/// for scripts that put no spaces between words): never within "Iranian", but around
/// "\u4e2d\u56fd" in a Chinese sentence.
bool is_word_boundary(std::string_view text, size_t at);

}  // namespace limbeck::nlp
