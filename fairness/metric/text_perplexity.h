#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nlp/causal/perplexity.h"

namespace limbeck::fairness {

/// Words that make a window sensitive, such as the values of one attribute.
struct WordList {
  std::string name;
  std::vector<std::string> words;
};

/// How well a model predicts a text, and the parts of it that have sensitive words.
struct TextPerplexity {
  /// PPL^s of the windows that contain a word of one list.
  struct Part {
    std::string name;
    nlp::TextScore score;
  };
  nlp::TextScore all;        ///< PPL
  nlp::TextScore sensitive;  ///< PPL^s: over the windows that contain a word of any list
  std::vector<Part> lists;   ///< one a list
};

/// How a text is scored.
struct TextPerplexityOptions {
  nlp::PerplexityOptions windows;  ///< without overlap (stride 0) where there are lists
  int64_t most_tokens = 0;         ///< the first so many alone; 0 = all
};

/// Whether text_perplexity() will find a window that has a word of one list and a token to score.
/// Throws: as text_perplexity().
bool has_sensitive_window(const nlp::CausalModel& model, const std::string& text,
                          const std::vector<WordList>& lists, const TextPerplexityOptions& options);

/// Perplexities of a text as `limbeck perplexity` and `limbeck audit` print them, over the ids of
/// CausalModel::document_ids(): what begins a text, and for a SentencePiece model the end of each
/// line, are among them. `progress(done, total)` may throw to stop.
///
/// Source: Huang et al. 2020, sec. 5.1.
/// Throws: DataError for a text of fewer than two tokens; ConfigError for unsound windows.
TextPerplexity text_perplexity(const nlp::CausalModel& model, const std::string& text,
                               const std::vector<WordList>& lists,
                               const TextPerplexityOptions& options,
                               const std::function<void(int64_t, int64_t)>& progress = {});

}  // namespace limbeck::fairness
