#pragma once

#include <string>

#include "nlp/report/report_blocks.h"

namespace limbeck::nlp {

/// Shades that a word may have: 0 is bare, kMostShade the strongest.
inline constexpr int kMostShade = 4;

/// The shade of each word of a sentence: kMostShade for the smallest value and for 0 and below, 0
/// for the largest, between them by the logarithm. All are 0 where all values are the same or
/// missing.
std::vector<int> shades_of(const std::vector<ShadedWord>& sentence);

/// Words with their values below them, and a key.
std::string render_shaded_text(const ShadedTextBlock& block);

}  // namespace limbeck::nlp
