#pragma once

#include <cstdint>
#include <span>

namespace limbeck::nlp::kernel {

/// Tokens of one key panel.
constexpr int64_t kKeyPanelTokens = 32;
/// Query rows that attend_cached() takes at once.
constexpr int kMostQueryRows = 14;

/// Keys and values of consecutive tokens for one key-value head.
struct KeyValues {
  const float* keys = nullptr;    ///< [panel of 32 tokens][head_width][32]
  const float* values = nullptr;  ///< [token][head_width]; 31 floats beyond the last are readable
  int64_t tokens = 0;
};

/// Query rows of `tokens` neighbouring tokens that share one key-value head (grouped-query
/// attention) against the keys and values of all tokens up to each of them.
struct CachedAttention {
  int64_t head_width = 0;
  float scale = 1;
  int group = 1;                 ///< query heads of the key-value head
  int tokens = 1;                ///< group * tokens <= kMostQueryRows
  const float* query = nullptr;  ///< token t, head g at query + t * query_stride + g * head_width
  int64_t query_stride = 0;
  std::span<const KeyValues>
      parts;  ///< in the order of the text; none is empty but the last may be
  int64_t visible =
      0;  ///< tokens of the last part that the first query sees; each later one sees one more
  float* output = nullptr;  ///< as the query
  int64_t output_stride = 0;
};

/// output = softmax(scale * query key^T) value, on the calling thread.
///
/// Law:    a row has the same bits whatever other rows stand beside it.
/// Source: Vaswani et al. 2017, eq. 1; Ainslie et al. 2023 (grouped queries).
void attend_cached(const CachedAttention& attention);

}  // namespace limbeck::nlp::kernel
