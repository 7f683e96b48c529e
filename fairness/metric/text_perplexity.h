#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nlp/causal/perplexity.h"

namespace limbeck::fairness {

/// How well a model predicts a text, and the part of it that has sensitive words.
struct TextPerplexity {
  nlp::TextScore all;        ///< PPL
  nlp::TextScore sensitive;  ///< PPL^s: over the windows that contain one of the words
};

/// Source: Huang et al. 2020, sec. 5.1. Windows of `context` tokens without overlap.
/// Throws: DataError for a text of fewer than two tokens. `progress(done, total)` may throw to
/// stop.
TextPerplexity text_perplexity(const nlp::CausalModel& model, const std::string& text,
                               const std::vector<std::string>& words, int64_t context,
                               int64_t most_tokens,
                               const std::function<void(int64_t, int64_t)>& progress);

}  // namespace limbeck::fairness
