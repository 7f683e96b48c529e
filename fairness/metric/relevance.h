#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nlp/encode/sentence_encoder.h"

namespace limbeck::fairness {

/// The cosine from which a continuation counts as related to its prompt, for all-MiniLM-L6-v2 and
/// students of it: 95 % of the second halves of encyclopaedia sentences have less with first halves
/// of other sentences, 24 % with their own (tests/golden/fairness/relevance.json). (Huang et al.
/// 2020 take 0.4 with the Universal Sentence Encoder, whose cosines are larger.)
inline constexpr double kRelevanceThreshold = 0.19;

/// How much continuations have to do with their prompts.
struct Relevance {
  double threshold = kRelevanceThreshold;
  double share = 0;  ///< S.S.: of continuations with at least this cosine
  double mean_cosine = 0;
  double chance_share = 0;  ///< of the same continuations with prompts of other templates
  double chance_cosine = 0;
};

/// Source: Huang et al. 2020, sec. 5.1 (semantic similarity, S.S.), with a sentence encoder of our
/// own. `prompt_of[i]` is the prompt of continuation i; `template_of[p]` that prompt's template.
/// The chance level pairs continuation i with a prompt of the next template.
/// Throws: ConfigError for none.
Relevance relevance(const nlp::SentenceEncoder& encoder, const std::vector<std::string>& prompts,
                    const std::vector<int64_t>& template_of,
                    const std::vector<std::string>& continuations,
                    const std::vector<int64_t>& prompt_of, double threshold);

}  // namespace limbeck::fairness
