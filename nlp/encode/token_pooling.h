#pragma once

#include <cstdint>

#include "nlp/encode/bert_config.h"

namespace limbeck::nlp {

/// One vector of `width` from the states (tokens, width) of a sentence, then divided by its l2 norm
/// when asked.
void pool_tokens(const SentencePooling& pooling, int64_t tokens, int64_t width, const float* states,
                 float* vector);

}  // namespace limbeck::nlp
