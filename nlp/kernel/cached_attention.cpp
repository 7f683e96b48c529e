#include "nlp/kernel/cached_attention.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/kernel/panel.h"
#include "nlp/kernel/scratch.h"
#include "nlp/kernel/softmax_columns.h"
#include "nlp/kernel/softmax_rows.h"

namespace limbeck::nlp::kernel {
namespace {

using detail::kPanelColumns;

static_assert(kKeyPanelTokens == kPanelColumns && kMostQueryRows == detail::kMostPanelRows);

const uint32_t* units(const float* values) { return reinterpret_cast<const uint32_t*>(values); }
uint32_t* units(float* values) { return reinterpret_cast<uint32_t*>(values); }

struct Buffers {
  float* queries;  ///< [d][row]
  float* scores;   ///< [row][stride]
  float* weights;  ///< [token][row]
  int64_t stride;
};

Buffers reserve(const CachedAttention& a, int rows, int64_t tokens) {
  static thread_local Scratch queries, scores, weights;
  const int64_t stride = (tokens + kPanelColumns - 1) / kPanelColumns * kPanelColumns;
  return {queries.reserve<float>(rows * a.head_width), scores.reserve<float>(rows * stride),
          weights.reserve<float>(rows * stride), stride};
}

void score_part(const CachedAttention& a, detail::TileKernel kernel, int rows,
                const KeyValues& part, const Buffers& buffers, int64_t offset) {
  alignas(64) float tile[kMostQueryRows * kPanelColumns];
  for (int64_t first = 0; first < part.tokens; first += kPanelColumns) {
    kernel(rows, a.head_width, units(buffers.queries), rows,
           units(part.keys + first * a.head_width), kPanelColumns, units(tile));
    const int64_t count = std::min<int64_t>(kPanelColumns, part.tokens - first);
    for (int r = 0; r < rows; ++r)
      std::copy_n(tile + r * kPanelColumns, count,
                  buffers.scores + r * buffers.stride + offset + first);
  }
}

/// The mix of all parts' values for 32 columns, added part after part.
void mix_columns(const CachedAttention& a, detail::TileKernel kernel, int rows,
                 const Buffers& buffers, int64_t column, float* sum) {
  alignas(64) float tile[kMostQueryRows * kPanelColumns];
  std::fill_n(sum, rows * kPanelColumns, 0.0f);
  int64_t offset = 0;
  for (const KeyValues& part : a.parts) {
    if (part.tokens == 0) continue;
    kernel(rows, part.tokens, units(buffers.weights + offset * rows), rows,
           units(part.values + column), a.head_width, units(tile));
    for (int i = 0; i < rows * kPanelColumns; ++i) sum[i] += tile[i];
    offset += part.tokens;
  }
}

}  // namespace

void attend_cached(const CachedAttention& a) {
  const int rows = a.group * a.tokens;
  int64_t tokens = 0;
  for (const KeyValues& part : a.parts) tokens += part.tokens;
  if (rows < 1 || rows > kMostQueryRows || a.parts.empty() || tokens < 1)
    throw ShapeError("attend_cached: expected 1 to 14 query rows and at least one key");
  const int64_t before = tokens - a.parts.back().tokens;
  const Buffers buffers = reserve(a, rows, tokens);
  const detail::TileKernel kernel = detail::float32_kernels().tile;
  for (int t = 0; t < a.tokens; ++t)
    detail::interleave_rows(a.group, a.head_width, units(a.query + t * a.query_stride),
                            a.head_width, units(buffers.queries + t * a.group), rows);
  int64_t offset = 0;
  for (const KeyValues& part : a.parts) {
    score_part(a, kernel, rows, part, buffers, offset);
    offset += part.tokens;
  }
  float inverse_sums[kMostQueryRows];
  for (int r = 0; r < rows; ++r)
    inverse_sums[r] = detail::softmax_row(before + a.visible + r / a.group, buffers.stride, a.scale,
                                          buffers.scores + r * buffers.stride);
  detail::interleave_rows(rows, tokens, units(buffers.scores), buffers.stride,
                          units(buffers.weights), rows);
  alignas(64) float sum[kMostQueryRows * kPanelColumns];
  for (int64_t column = 0; column < a.head_width; column += kPanelColumns) {
    const int columns = static_cast<int>(std::min<int64_t>(kPanelColumns, a.head_width - column));
    mix_columns(a, kernel, rows, buffers, column, sum);
    for (int t = 0; t < a.tokens; ++t)
      detail::scaled_rows(a.group, columns, sum + t * a.group * kPanelColumns,
                          inverse_sums + t * a.group, a.output + t * a.output_stride + column,
                          a.head_width);
  }
}

}  // namespace limbeck::nlp::kernel
