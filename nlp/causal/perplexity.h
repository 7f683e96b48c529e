#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "nlp/causal/causal_model.h"

namespace limbeck::nlp {

/// How a text is cut for scoring.
struct PerplexityOptions {
  int64_t context = 0;  ///< tokens a window; at most the model's positions; >= 2; 0: of_model()
  int64_t stride = 0;   ///< tokens from window to window, 1 to context; 0 = context

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("context", self.context,
          "tokens a window; 0: 512, or all positions of a model that has fewer");
    visit("stride", self.stride,
          "tokens from one window to the next, which scores only what is new; 0: --context");
  }
  /// With 512 tokens in place of 0, or all the positions where there are fewer.
  PerplexityOptions of_model(int64_t max_positions) const;
  /// Throws: ConfigError naming the field and the value.
  void validate(int64_t max_positions) const;
};

/// Sums over the tokens that were scored.
struct TextScore {
  int64_t tokens = 0;
  double negative_log_likelihood = 0;  ///< natural logarithm

  double perplexity() const;
  TextScore& operator+=(const TextScore& other);
};

/// Scores every token but the first of each window that no earlier window has scored.
///
/// Law:    perplexity = exp(mean of -log p(token | tokens before it in its window)).
/// Source: Jelinek et al. 1977; windows as transformers' guide to fixed-length models has them.
TextScore score_tokens(const CausalModel& model, std::span<const int32_t> ids,
                       const PerplexityOptions& options,
                       const std::function<void(int64_t done)>& progress = {});

}  // namespace limbeck::nlp
