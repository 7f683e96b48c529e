#pragma once

#include <cstdint>

namespace limbeck::nlp::kernel {

/// Query, key and value rows of one sentence for all heads; strides in elements from token to
/// token.
struct SelfAttention {
  int64_t tokens = 0;      ///< T
  int64_t head_width = 0;  ///< d; head h stands in columns [h * d, (h + 1) * d)
  float scale = 1;         ///< of the scores, usually 1 / sqrt(d)
  const float* query = nullptr;
  const float* key = nullptr;
  const float* value = nullptr;  ///< 31 floats beyond its last one must be readable
  int64_t stride = 0;            ///< of query, key and value
  float* output = nullptr;       ///< (T, heads * d)
  int64_t output_stride = 0;
};

/// output = softmax(scale * query key^T) value for heads [head_begin, head_end), on the calling
/// thread. Source: Vaswani et al. 2017, eq. 1; differs: the division by the sum comes after the
/// second product.
void self_attention(const SelfAttention& sentence, int64_t head_begin, int64_t head_end);

}  // namespace limbeck::nlp::kernel
