#pragma once

#include <cstdint>
#include <vector>

#include "fairness/counterfactual/sensitive_lexicon.h"
#include "nlp/causal/prompt_encoder.h"

namespace limbeck::fairness {

/// The tokens that a model reads the values of a lexicon in, where a text begins with one and after
/// a word: ascending, each once, none of those that begin a text.
std::vector<int64_t> value_pieces(const SensitiveLexicon& lexicon,
                                  const nlp::PromptEncoder& encoder);

}  // namespace limbeck::fairness
