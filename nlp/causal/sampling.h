#pragma once

#include <cstdint>
#include <span>

namespace limbeck::nlp {

/// How the next token is drawn.
struct SamplingOptions {
  double temperature = 1;  ///< divides the scores; >= 0; 0 takes the most probable token
  int64_t top_k = 0;       ///< only the k most probable tokens; 0 = all
  double top_p = 1;        ///< only the most probable tokens that together reach this mass; (0, 1]

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("temperature", self.temperature, "divides the scores; 0: the most probable token");
    visit("top_k", self.top_k, "draw among the K most probable tokens; 0: all");
    visit("top_p", self.top_p, "draw among the most probable tokens with this share; 1: all");
  }
  /// Throws: ConfigError naming the field and the value.
  void validate() const;
};

/// The token that `uniform` in [0, 1) picks by inverting the distribution function: in the order of
/// ids when all tokens may be drawn, else in the order of falling probability (ties: lower id
/// first). Top-k applies before top-p; both after the temperature.
///
/// Law:    a pure function of its arguments, on one CPU.
/// Source: Fan et al. 2018, sec. 5.1 (top-k); Holtzman et al. 2020, sec. 3.1 (top-p).
/// Throws: DataError when the scores hold NaN or infinity (a damaged model).
int32_t sample_token(std::span<const float> logits, const SamplingOptions& options, double uniform);

/// The id of the largest score, of equal ones the lowest.
int32_t most_probable(std::span<const float> logits);

/// log(sum(exp(logits))), in float64.
double log_sum_exp(std::span<const float> logits);

}  // namespace limbeck::nlp
