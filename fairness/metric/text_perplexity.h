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

/// How a text is scored.
struct TextPerplexityOptions {
  nlp::PerplexityOptions windows;  ///< without overlap (stride 0) where there are words
  int64_t most_tokens = 0;         ///< the first so many alone; 0 = all
};

/// Perplexities of a text as `limbeck perplexity` and `limbeck audit` print them, over the ids of
/// CausalModel::document_ids(): what begins a text, and for a SentencePiece model the end of each
/// line, are among them. `progress(done, total)` may throw to stop.
///
/// Source: Huang et al. 2020, sec. 5.1.
/// Throws: DataError for a text of fewer than two tokens; ConfigError for unsound windows.
TextPerplexity text_perplexity(const nlp::CausalModel& model, const std::string& text,
                               const std::vector<std::string>& words,
                               const TextPerplexityOptions& options,
                               const std::function<void(int64_t, int64_t)>& progress = {});

}  // namespace limbeck::fairness
