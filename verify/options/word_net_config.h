#pragma once

#include <cstdint>
#include <string>

#include "nlp/core/errors.h"

namespace limbeck::verify {

/// Architecture of a trainable classifier of sentences of whole words: `config.json` of its
/// directory, model_type "limbeck_word_net". Weights stand in model.safetensors, the words in
/// vocab.txt, one a line.
struct WordNetConfig {
  /// transformer, lstm (bidirectional), or bag_of_words: logits are sums of a row for each word.
  std::string architecture = "transformer";
  int64_t layers = 1;
  int64_t width = 64;          ///< of embeddings, and of one LSTM direction
  int64_t heads = 4;           ///< transformer: attention heads; a divisor of the width
  int64_t feed_forward = 128;  ///< transformer: hidden units of a layer
  int64_t classes = 2;
  std::string layer_norm = "no_variance";  ///< transformer: no_variance, or standard

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("architecture", self.architecture, "transformer, lstm or bag_of_words");
    visit("layers", self.layers, "layers");
    visit("width", self.width, "width of the embeddings and of one LSTM direction");
    visit("heads", self.heads, "transformer: attention heads");
    visit("feed_forward", self.feed_forward, "transformer: hidden units of a layer");
    visit("classes", self.classes, "classes");
    visit("layer_norm", self.layer_norm,
          "transformer: no_variance (does not divide by the deviation) or standard");
  }
  int64_t embedding_width() const { return architecture == "bag_of_words" ? classes : width; }
  /// Throws: ConfigError naming the field and the value.
  void validate() const;
};

}  // namespace limbeck::verify
