#pragma once

#include <ATen/core/Tensor.h>

namespace limbeck::nlp {

/// Rows `ids` of the table `weight`; differentiable in the table.
///
/// Shapes:  weight (V, E), ids (N) int64 in [0, V); result (N, E).
/// Gradient: dense (V, E); only rows that occur are added to, each in the order of `ids`, whatever
/// the threads. Throws:  ShapeError for an id outside the table.
at::Tensor embedding_rows(const at::Tensor& weight, const at::Tensor& ids);

}  // namespace limbeck::nlp
