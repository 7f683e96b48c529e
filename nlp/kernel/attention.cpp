#include "nlp/kernel/attention.h"

#include <algorithm>

#include "nlp/kernel/panel.h"
#include "nlp/kernel/softmax_columns.h"

namespace limbeck::nlp::kernel {
namespace {

using detail::kPanelColumns;
using detail::RowPanels;

const uint32_t* units(const float* values) { return reinterpret_cast<const uint32_t*>(values); }
uint32_t* units(float* values) { return reinterpret_cast<uint32_t*>(values); }

/// Keys of one head as row panels: [panel][d][key].
void pack_keys(const SelfAttention& s, int64_t head, float* packed) {
  const RowPanels panels(s.tokens);
  for (int64_t i = 0; i < panels.count; ++i)
    detail::interleave_rows(panels.height(i), s.head_width,
                            units(s.key + panels.begin(i) * s.stride + head * s.head_width),
                            s.stride, units(packed + panels.begin(i) * s.head_width),
                            panels.height(i));
}

/// Scores of all keys (rows) against at most 32 queries (columns): the softmax runs down the
/// columns without crossing lanes, and the rows are at once the left operand of the second product.
void score_queries(const SelfAttention& s, detail::TileKernel kernel, const float* keys,
                   const float* queries, float* scores) {
  const RowPanels panels(s.tokens);
  for (int64_t i = 0; i < panels.count; ++i)
    kernel(panels.height(i), s.head_width, units(keys + panels.begin(i) * s.head_width),
           panels.height(i), units(queries), kPanelColumns,
           units(scores + panels.begin(i) * kPanelColumns));
}

void mix_values(const SelfAttention& s, detail::TileKernel kernel, int64_t head, int64_t first,
                int64_t count, const float* weights, const float* inverse_sums) {
  alignas(64) float tile[detail::kMostPanelRows * kPanelColumns];
  const RowPanels panels(count);
  for (int64_t i = 0; i < panels.count; ++i) {
    const int64_t query = panels.begin(i);
    for (int64_t column = 0; column < s.head_width; column += kPanelColumns) {
      const int64_t at = head * s.head_width + column;
      kernel(panels.height(i), s.tokens, units(weights + query), kPanelColumns, units(s.value + at),
             s.stride, units(tile));
      detail::scaled_rows(panels.height(i),
                          static_cast<int>(std::min<int64_t>(kPanelColumns, s.head_width - column)),
                          tile, inverse_sums + query,
                          s.output + (first + query) * s.output_stride + at, s.output_stride);
    }
  }
}

}  // namespace

void self_attention(const SelfAttention& s, int64_t head_begin, int64_t head_end) {
  static thread_local Scratch scratch_keys, scratch_queries, scratch_scores;
  float* keys = scratch_keys.reserve<float>(s.tokens * s.head_width);
  float* queries = scratch_queries.reserve<float>(kPanelColumns * s.head_width);
  float* scores = scratch_scores.reserve<float>(kPanelColumns * s.tokens);
  alignas(64) float inverse_sums[kPanelColumns];
  const detail::TileKernel kernel = detail::float32_kernels().tile;
  for (int64_t head = head_begin; head < head_end; ++head) {
    pack_keys(s, head, keys);
    for (int64_t first = 0; first < s.tokens; first += kPanelColumns) {
      const int64_t count = std::min<int64_t>(kPanelColumns, s.tokens - first);
      if (count < kPanelColumns) std::fill_n(queries, kPanelColumns * s.head_width, 0.0f);
      detail::interleave_rows(static_cast<int>(count), s.head_width,
                              units(s.query + first * s.stride + head * s.head_width), s.stride,
                              units(queries), kPanelColumns);
      score_queries(s, kernel, keys, queries, scores);
      detail::softmax_columns(s.tokens, s.scale, scores, inverse_sums);
      mix_values(s, kernel, head, first, count, scores, inverse_sums);
    }
  }
}

}  // namespace limbeck::nlp::kernel
