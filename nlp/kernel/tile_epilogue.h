#pragma once

#include "nlp/kernel/packed_matrix.h"

namespace limbeck::nlp::kernel::detail {

/// A raw tile and what becomes of it: y = activation(value + bias) + residual, where value is the
/// tile's float32 or (tile - offset) * row scale * column scale of an int32 tile.
struct FinishedTile {
  int rows = 0, columns = 0;
  const uint32_t* tile = nullptr;           ///< rows of 32
  const float* row_scales = nullptr;        ///< (rows); nullptr: the tile is float32
  const float* column_scales = nullptr;     ///< (32)
  const int32_t* column_offsets = nullptr;  ///< (32)
  const float* bias = nullptr;              ///< (columns) or nullptr
  Activation activation = Activation::kNone;
  const float* residual = nullptr;  ///< (rows, columns) or nullptr
  int64_t residual_stride = 0;
  float* y = nullptr;
  int64_t y_stride = 0;
};

void finish_tile(const FinishedTile& tile);

}  // namespace limbeck::nlp::kernel::detail
