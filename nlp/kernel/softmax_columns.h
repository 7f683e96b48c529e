#pragma once

#include <cstdint>

namespace limbeck::nlp::kernel::detail {

/// Of `rows` rows of 32 scores in place: exp(scale * (score - largest of its column)); scale > 0.
/// `inverse_sums` (32) gets 1 / the sum of each column.
void softmax_columns(int64_t rows, float scale, float* scores, float* inverse_sums);

/// out[r][c] = tile[r][c] * factors[r] for c < columns; tile rows of 32.
void scaled_rows(int rows, int columns, const float* tile, const float* factors, float* out,
                 int64_t out_stride);

}  // namespace limbeck::nlp::kernel::detail
