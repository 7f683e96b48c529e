#pragma once

#include "verify/certify/radius_search.h"
#include "verify/options/certify_options.h"

namespace limbeck::verify {

/// The regions of a sentence whose radii are searched together.
struct SentenceRegions {
  GrowingRegion grow;
  int64_t count = 0;
};

/// The words of a sentence that may move at all: not [CLS] and [SEP].
struct MovableWords {
  int64_t first = 0, count = 0;
};

/// Words (1, T, E) of which some may move. One region a word;
/// one ball of all words; or one region in which any `at_most` words move, each within its own
/// ball.
SentenceRegions sentence_regions(const at::Tensor& words, const MovableWords& movable,
                                 const MovedWords& moved, double norm);

}  // namespace limbeck::verify
