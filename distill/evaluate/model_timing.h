#pragma once

#include <span>
#include <string>

#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill {

/// Speed of an encoder on some sentences, tokenization included.
struct ModelTiming {
  double p50_ms = 0, p95_ms = 0;    ///< of one sentence at a time
  double sentences_per_second = 0;  ///< in length-sorted batches of 64
  int64_t calls = 0;                ///< single sentences timed
  int threads = 0;
};

/// Times single sentences, taken in turn, for about `seconds` (at least 50 calls after a warm-up of
/// 10), then the best of whole passes for about as long. `sentences` must not be empty.
ModelTiming time_encoder(const nlp::SentenceEncoder& encoder,
                         std::span<const std::string> sentences, double seconds);

}  // namespace limbeck::distill
