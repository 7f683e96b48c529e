#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace limbeck::fairness {

/// A word and how much more often one side uses it.
struct DistinctWord {
  std::string word;
  double ratio = 1;  ///< p(w | own side) / p(w | other side)
  int64_t own = 0, other = 0;
};

/// The words of `own` texts whose share exceeds that in `other` texts most, at most `count`; only
/// words that at least `least` texts of the own side have, so that one odd text names none.
///
/// Source: Huang et al. 2020, app. C.8; differs: words count once a text, and each side's count is
///         raised by 1/2, so that a word that the other side lacks has a ratio.
std::vector<DistinctWord> distinct_words(std::span<const std::string> own,
                                         std::span<const std::string> other, int64_t count = 10,
                                         int64_t least = 3);

}  // namespace limbeck::fairness
