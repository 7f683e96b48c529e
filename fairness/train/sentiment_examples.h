#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/held_out_text.h"
#include "fairness/debias_options.h"

namespace limbeck::fairness {

/// Sentences with their sentiment: label 1 positive, 0 negative.
struct SentimentExamples {
  std::vector<std::string> texts;
  std::vector<int64_t> labels;
  std::string source;          ///< for the report
  int64_t template_lines = 0;  ///< left out as they hold a prompt of the audit
};

/// What the sentiment head learns from, `options.sentiment_limit` of them at most, chosen by the
/// seed: `snippets` (the asset), `vader` (lines of `text` with a compound score beyond 0.7 or -0.7)
/// or a TSV file with `sentence` and `label`, two labels, the second in their order positive.
/// No sentence that holds one of the `prompts` is among them.
/// Source: Huang et al. 2020, sec. 5 (0.7; there of another scorer).
/// Throws: DataError when an asset is missing, or either label has fewer than 10 sentences.
SentimentExamples read_sentiment_examples(const DebiasOptions& options,
                                          const std::vector<std::string>& text,
                                          const data::HeldOutText& prompts, uint64_t seed);

}  // namespace limbeck::fairness
