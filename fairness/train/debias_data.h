#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/held_out_text.h"
#include "fairness/counterfactual/text_windows.h"
#include "fairness/debias_options.h"
#include "nlp/causal/prompt_encoder.h"

namespace limbeck::fairness {

/// A prefix that ends in a sensitive value, and the same with another value.
struct CounterfactualPair {
  std::vector<int32_t> original, swapped;
};

/// What debiasing learns from and is measured on.
struct DebiasData {
  std::vector<TextWindow> train;          ///< each with a mention
  std::vector<TextWindow> held_out;       ///< with and without one
  std::vector<CounterfactualPair> pairs;  ///< of held-out mentions, one a window
  int64_t lines = 0, windows_read = 0;    ///< of the training text
  int64_t template_lines = 0;             ///< left out as they hold a prompt of the audit
  std::string hash;                       ///< sha256 of the lines
};

/// Every prompt of the audit, except values alone: what is learnt from has to mention them.
data::HeldOutText audit_prompts(const std::vector<TemplateSet>& sets);

/// Reads the text and cuts it; `most_positions` are those of the model. No line that holds a filled
/// template, however short, as a run of whole words is learnt from or measured on. Throws:
/// DataError when no training or no held-out window mentions a value.
DebiasData read_debias_data(const DebiasOptions& options, const std::vector<TemplateSet>& sets,
                            const SensitiveLexicon& lexicon, const nlp::PromptEncoder& encoder,
                            int64_t most_positions, uint64_t seed);

/// The prefix of a window up to a mention, with `value` in its place, as ids; the last
/// `most_positions` of them.
std::vector<int32_t> swapped_ids(const TextWindow& window, const WindowMention& mention,
                                 int64_t value, const SensitiveLexicon& lexicon,
                                 const nlp::PromptEncoder& encoder, int64_t most_positions);

}  // namespace limbeck::fairness
