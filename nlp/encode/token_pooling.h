#pragma once

#include <cstdint>
#include <span>

#include "nlp/encode/sentence_pooling.h"

namespace limbeck::nlp {

/// One vector of pooled_width(width) from the states (tokens, width) of a sentence, then divided by
/// its l2 norm when asked. A weighted mean has the weights 1, 2, ..., tokens, as in
/// sentence-transformers.
void pool_tokens(const SentencePooling& pooling, int64_t tokens, int64_t width, const float* states,
                 float* vector);

/// Divides by the l2 norm; a zero stays 0.
void divide_by_norm(std::span<float> vector);

}  // namespace limbeck::nlp
