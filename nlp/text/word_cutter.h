#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace limbeck::nlp {

/// The regular expression by which a byte-level BPE cuts text into words, as a hand-written
/// scanner.
enum class WordPattern {
  /// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  kGpt2,
  /// The same in each stretch between numerals, every numeral (Nd, Nl, No) a word of its own.
  kGpt2Digits,
  /// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
  /// \s*[\r\n]+|\s+(?!\S)|\s+
  kLlama3,
  /// kLlama3 with \p{N} for \p{N}{1,3}.
  kQwen2,
};

/// The regular expression of kGpt2, kLlama3 or kQwen2 as tokenizer.json spells it.
std::string_view pattern_text(WordPattern pattern);

/// Appends the end of each word of `text`, in order; words cover the text.
///
/// Law: cuts as PyPI tokenizers 0.23 does for every Unicode scalar value (its regular expressions
/// follow a newer Unicode than ICU 72, see word_cutter.cpp). Bytes that are not UTF-8 count as one
/// character each that is neither letter, number nor space.
void cut_words(WordPattern pattern, std::string_view text, std::vector<size_t>& ends);

}  // namespace limbeck::nlp
