#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace limbeck::distill::detail {

/// Sentences of a batch without padding: all first tokens, then all second tokens, ..., longest
/// sentences first, so that each step is a dense block of rows.
struct TimeMajorBatch {
  std::vector<int64_t> order;    ///< index in the given list of each sentence of the batch
  std::vector<int64_t> lengths;  ///< falling
  std::vector<int64_t> offsets;  ///< row of each step's first token; one more at the end

  int64_t sentences() const { return static_cast<int64_t>(order.size()); }
  int64_t rows() const { return offsets.back(); }
  /// Row of token `step` of sentence `sentence` (its place in the batch).
  int64_t row(int64_t sentence, int64_t step) const {
    return offsets[static_cast<size_t>(step)] + sentence;
  }
};

/// Batches of at most `batch_size` sentences of similar length (sorted over all, ties in order).
/// Lengths >= 1.
std::vector<TimeMajorBatch> time_major_batches(std::span<const int64_t> lengths,
                                               int64_t batch_size);

}  // namespace limbeck::distill::detail
