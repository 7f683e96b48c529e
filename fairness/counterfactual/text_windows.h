#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fairness/counterfactual/sensitive_lexicon.h"
#include "nlp/causal/prompt_encoder.h"

namespace limbeck::fairness {

/// A mention in a window of text.
struct WindowMention {
  Mention mention;         ///< its bytes are those of the window's text
  int64_t last_piece = 0;  ///< index of the mention's last token in the window's ids
};

/// A piece of one line that a model reads at once.
struct TextWindow {
  std::string text;
  std::vector<int32_t>
      ids;  ///< with what begins a text, and the end of the line where there is one
  std::vector<WindowMention> mentions;
};

/// Cuts lines into windows of at most `context` tokens with the mentions of the lexicon. A mention
/// that no token ends with ("Iran" in a token of " Iranian") or that a cut divides is left out.
/// Windows of a single token are left out.
///
/// Law: ids[0 .. last_piece] end with the pieces of the mention.
std::vector<TextWindow> cut_windows(const std::vector<std::string>& lines,
                                    const nlp::PromptEncoder& encoder,
                                    const SensitiveLexicon& lexicon, int64_t context);

}  // namespace limbeck::fairness
