#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace limbeck::nlp {

/// Which sentence each row of a padding-free batch belongs to.
struct RowSegments {
  at::Tensor sequence_of_row;  ///< (N) int64
  at::Tensor lengths;          ///< (B) int64, rows of each sentence, >= 1
  int64_t count() const { return lengths.size(0); }
};

/// Sums of the rows of each sentence: (N, W) to (B, W). Differentiable; independent of the number
/// of threads.
at::Tensor segment_sum(const at::Tensor& rows, const RowSegments& segments);

/// Mean of the rows of each sentence.
at::Tensor segment_mean(const at::Tensor& rows, const RowSegments& segments);

/// Greatest value of each column over the rows of each sentence; the gradient goes to the first row
/// that has it.
at::Tensor segment_max(const at::Tensor& rows, const RowSegments& segments);

/// Softmax of (N) scores within each sentence.
at::Tensor segment_softmax(const at::Tensor& scores, const RowSegments& segments);

}  // namespace limbeck::nlp
