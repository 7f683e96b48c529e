#pragma once

#include <string>

/// The character classes of BERT's text cleaning, as the reference implementation has them.
///
/// Its parts follow different Unicode versions: categories stand at 8.0, decomposition and
/// combining classes at 9.0, lower-casing at 17.0. Properties come from ICU, cut at those versions
/// by the age of the character; the few characters whose category changed later are listed in the
/// source file. Measured over every scalar value against PyPI tokenizers 0.23.3
/// (tools/bench/tokenize).
namespace limbeck::nlp {

/// Unicode White_Space.
bool is_bert_whitespace(char32_t c);

/// Categories Cc, Cf, Co without tab, line feed and carriage return: removed by cleaning.
bool is_bert_control(char32_t c);

/// Category Mn: removed when accents are stripped.
bool is_bert_nonspacing_mark(char32_t c);

/// ASCII symbols and categories P*: a token of their own.
bool is_bert_punctuation(char32_t c);

/// The ideograph blocks that get spaces around them (the reference starts one block at U+2B920).
bool is_bert_ideograph(char32_t c);

/// A character that a word may contain, as the regular expression \w has it: decides where an added
/// token with `single_word` may stand.
bool is_word_character(char32_t c);

/// Canonical combining class, 0 for a starter.
int canonical_combining_class(char32_t c);

/// Appends the full canonical decomposition of one character (not yet reordered).
void append_decomposition(char32_t c, std::u32string& out);

/// Appends the lower-case form of one character without context (no final sigma).
void append_lowercase(char32_t c, std::u32string& out);

}  // namespace limbeck::nlp
