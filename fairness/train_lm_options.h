#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace limbeck::fairness {

/// What a causal language model is trained from and how large it is; the loop's own settings are
/// nlp::TrainerOptions.
struct TrainLmOptions {
  std::vector<std::string> text;  ///< plain text (.gz too); a line is a text of its own
  std::string held_out;           ///< text for validation, left out of the rest; empty: some lines
  std::string output;
  int64_t limit = 0;               ///< lines used; 0 = all
  int64_t validation_count = 500;  ///< lines kept apart, chosen by the seed, without `held_out`
  int64_t vocabulary = 8000;       ///< pieces of the vocabulary that is learnt
  std::string vocabulary_kind = "unigram";  ///< unigram | bpe
  std::string architecture = "llama";       ///< llama | gpt2
  int64_t layers = 4;                       ///< 1 to 1000
  int64_t hidden = 256;                     ///< width D; divisible by `heads`, quotient even
  int64_t heads = 4;                        ///< query heads
  int64_t key_value_heads = 0;              ///< divides `heads`; 0: half of them (Llama alone)
  int64_t intermediate = 0;                 ///< feed-forward width; 0: 8/3 of D, by 32 (GPT-2: 4 D)
  int64_t context = 128;                    ///< tokens of a training sequence; 2 to 8192
  double dropout = 0.1;                     ///< of the residual stream; [0, 1)
  int64_t samples = 4;                      ///< continuations that the report shows; 0 to 100

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("text", self.text, "text files to learn from (.gz too); a line is a text of its own");
    visit("held_out", self.held_out,
          "text file to validate on, left out of the rest; none: some lines of the text");
    visit("output", self.output, "directory to write");
    visit("limit", self.limit, "lines used; 0: all");
    visit("validation_count", self.validation_count,
          "lines kept apart when --held-out is not given");
    visit("vocabulary", self.vocabulary, "pieces of the SentencePiece vocabulary that is learnt");
    visit("vocabulary_kind", self.vocabulary_kind, "unigram or bpe");
    visit("architecture", self.architecture,
          "llama (rotary positions, gated, shared key-value heads) or gpt2");
    visit("layers", self.layers, "layers of the Transformer");
    visit("hidden", self.hidden, "width of the Transformer");
    visit("heads", self.heads, "attention heads");
    visit("key_value_heads", self.key_value_heads,
          "key-value heads that the attention heads share (llama); 0: half as many");
    visit("intermediate", self.intermediate,
          "width of the feed-forward part; 0: 8/3 of --hidden, of gpt2 four times it");
    visit("context", self.context, "tokens of a training sequence, and of a validation window");
    visit("dropout", self.dropout, "dropout of the residual stream");
    visit("samples", self.samples, "continuations of held-out lines that the report shows");
  }
  bool is_gpt2() const { return architecture == "gpt2"; }
  /// Feed-forward width with the default filled in.
  int64_t feed_forward_width() const;
  /// Key-value heads with the default filled in.
  int64_t shared_heads() const;
  /// Throws: ConfigError naming the option and the value.
  void validate() const;
};

}  // namespace limbeck::fairness
