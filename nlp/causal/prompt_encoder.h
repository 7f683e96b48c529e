#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "nlp/causal/causal_config.h"
#include "nlp/text/tokenizer.h"

namespace limbeck::nlp {

/// Texts as a language model is asked to go on from them: what begins a text in front, no end
/// behind. Both references must outlive the encoder.
class PromptEncoder {
 public:
  PromptEncoder(const Tokenizer& tokenizer, const CausalConfig& config);

  /// With spans; what begins a text is marked as special.
  Encoding encode(std::string_view text) const;
  std::vector<int32_t> ids(std::string_view text) const;

  /// Ids of a running text to be scored: as the tokenizer cuts it; where is_by_line(), line by
  /// line, each followed by the token that ends a text, as `train-lm` learns it.
  std::vector<int32_t> document_ids(std::string_view text) const;

  /// A SentencePiece model with a token that ends a text: a line is a text of its own.
  bool is_by_line() const { return !prefix_.empty() && end_id_ >= 0; }
  int32_t end_id() const { return end_id_; }

 private:
  const Tokenizer& tokenizer_;
  std::vector<int32_t> prefix_;  ///< where the tokenizer does not put it itself
  size_t suffix_ = 0;            ///< special tokens that the tokenizer puts behind a text
  int32_t end_id_;
};

}  // namespace limbeck::nlp
