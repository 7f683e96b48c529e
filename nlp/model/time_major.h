#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nlp/model/segments.h"

namespace limbeck::nlp {

/// Sentences of similar length that a recurrent layer runs together: rows are stored step by step,
/// and since the sentences are sorted by falling length, those still running at step t are the
/// first active[t].
struct TimeMajorPiece {
  int64_t first_row = 0;
  int64_t first_sequence = 0;
  std::vector<int64_t> active;  ///< sentences running at step t; does not rise
  std::vector<int64_t> offset;  ///< first row of step t, counted from first_row
  int64_t sequences() const { return active.empty() ? 0 : active.front(); }
  int64_t steps() const { return static_cast<int64_t>(active.size()); }
  int64_t rows() const { return steps() == 0 ? 0 : offset.back() + active.back(); }
};

/// Where the rows of a padding-free batch stand. The cut into pieces depends on the batch alone, so
/// that results do not depend on the number of threads.
struct TimeMajorLayout {
  std::vector<TimeMajorPiece> pieces;
  std::vector<int64_t> lengths;  ///< of sequence k; falling
  std::vector<int64_t> order;    ///< sequence k is the caller's sentence order[k]
  int64_t rows = 0;
  int64_t sequences() const { return static_cast<int64_t>(lengths.size()); }
};

/// Sentences as the rows of a time-major, padding-free batch.
struct TimeMajorBatch {
  std::shared_ptr<const TimeMajorLayout> layout;
  at::Tensor ids;         ///< (rows) int64
  RowSegments segments;   ///< sentence of each row
  at::Tensor first_rows;  ///< (B) int64, row of each sequence's first token
  at::Tensor last_rows;   ///< (B) int64, row of its last token
  at::Tensor
      caller_order;  ///< (B) int64: index_select with it puts sequences back in the caller's order

  /// The same batch on another device.
  TimeMajorBatch to(at::Device device) const;
};

/// Throws: ShapeError when a sentence has no ids or `piece_size` < 1.
std::shared_ptr<const TimeMajorLayout> time_major_layout(std::span<const int64_t> lengths,
                                                         int64_t piece_size);

/// Sorts, cuts into pieces of at most `piece_size` sentences and lays out the ids.
TimeMajorBatch time_major_batch(std::span<const std::vector<int32_t>> ids, int64_t piece_size = 32);

}  // namespace limbeck::nlp
