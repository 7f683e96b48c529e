#pragma once

#include <filesystem>

#include "verify/trace/trace_graph.h"

namespace limbeck::verify {

/// A pre-norm vision Transformer whose LayerNorm does not divide by the deviation: image (1, 28,
/// 28) with values in [0, 1] to logits (1, 10), pixels normalised inside. Source:  Bonaert et al.
/// 2021 (DeepT), sec. 6: patches of 7 x 7, 4 heads, ReLU, first-token pooling. Throws:  DataError
/// when the file cannot be read or a tensor is absent.
TensorFunction load_vision_transformer(const std::filesystem::path& weights,
                                       at::ScalarType dtype = at::kDouble);

}  // namespace limbeck::verify
