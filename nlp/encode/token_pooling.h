#pragma once

#include <cstdint>

#include "nlp/encode/bert_config.h"

namespace limbeck::nlp {

/// One vector of `width` from the states (tokens, width) of a sentence, then divided by its l2 norm
/// when asked. A weighted mean has the weights 1, 2, ..., tokens, as in sentence-transformers.
void pool_tokens(const SentencePooling& pooling, int64_t tokens, int64_t width, const float* states,
                 float* vector);

}  // namespace limbeck::nlp
