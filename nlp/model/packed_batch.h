#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "nlp/model/segments.h"
#include "nlp/text/tokenizer.h"

namespace limbeck::nlp {

/// Sentences of one length, whose rows stand together.
struct LengthGroup {
  int64_t first_row = 0, sequences = 0, length = 0;
};

/// Sentences (or pairs) one after the other with no padding, sorted by falling length.
struct PackedBatch {
  at::Tensor ids, type_ids, positions;  ///< (N) int64
  std::vector<LengthGroup> groups;
  RowSegments segments;
  at::Tensor first_rows;  ///< (B) int64, row of each sequence's first token
  at::Tensor
      caller_order;  ///< (B) int64: index_select with it puts sequences back in the caller's order
  int64_t rows() const { return ids.size(0); }
  int64_t sequences() const { return caller_order.size(0); }

  /// The same batch on another device.
  PackedBatch to(at::Device device) const;
};

/// Throws: ShapeError when a sentence has no ids.
PackedBatch pack_batch(std::span<const Encoding> encodings);
/// Sentences of token type 0.
PackedBatch pack_batch(std::span<const std::vector<int32_t>> ids);

}  // namespace limbeck::nlp
