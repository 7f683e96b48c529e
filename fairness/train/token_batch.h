#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace limbeck::fairness {

/// Texts padded on the right, which changes nothing for a causal model.
struct TokenBatch {
  at::Tensor ids;      ///< (B, T) int64; 0 where a text has ended
  at::Tensor targets;  ///< (B, T) int64: the id that comes next, kNoTarget behind the end
};

/// Each text's ids but the last as inputs, all but the first as targets; texts of at least two ids.
/// With `keeps_last` the last id is an input too, one without a target.
TokenBatch next_token_batch(std::span<const std::span<const int32_t>> texts,
                            bool keeps_last = false);

/// Each text's ids as inputs, without targets.
at::Tensor padded_ids(std::span<const std::vector<int32_t>> texts);

}  // namespace limbeck::fairness
