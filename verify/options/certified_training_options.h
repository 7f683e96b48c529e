#pragma once

#include <cstdint>
#include <string>

#include "verify/options/word_net_config.h"

namespace limbeck::verify {

/// What a word-level network is trained on so that it can be certified; the loop's own settings
/// are nlp::TrainerOptions.
struct CertifiedTrainingOptions {
  bool certified = false;  ///< train a word-level network for certification
  /// Directory of a word net to start from; empty: random weights. A bag of words starts the
  /// embeddings of another architecture.
  std::string model;
  std::string train;  ///< JSON array of {sentence, label, candidates}, or TSV with a header
  std::string dev;    ///< the same, kept apart
  std::string output;
  int64_t limit = 0;       ///< training sentences used, the first ones; 0 = all
  std::string synonyms;    ///< JSON word: [words], for sentences without candidates; empty: none
  std::string vocabulary;  ///< one word a line; empty: the words of the training sentences
  int64_t min_count = 2;   ///< times that such a word must occur; >= 1
  int64_t max_words = 32;  ///< words of a sentence with [CLS] and [SEP]; longer ones are cut
  std::string architecture = "transformer";  ///< transformer, lstm or bag_of_words
  int64_t layers = 1;
  int64_t width = 64;                      ///< of embeddings, and of one LSTM direction
  int64_t heads = 4;                       ///< attention heads; a divisor of the width
  int64_t feed_forward = 128;              ///< hidden units of a Transformer layer
  std::string layer_norm = "no_variance";  ///< of a Transformer: no_variance or standard
  int64_t budget = 6;                      ///< words replaced at most; >= 1
  double ramp_start = 0.05;   ///< share of the run before the sets start to grow; in [0, 1)
  double ramp_end = 0.5;      ///< share of the run from which they are whole; > ramp_start, <= 1
  double clean_share = 0.3;   ///< weight of the plain loss at the end of the ramp; in [0, 1]
  double interval_share = 0;  ///< of interval margins in the mix with CROWN-IBP's; in [0, 1]
  /// Words, special ones too, of a sentence whose logits the loss takes as they are; others' are
  /// multiplied by words / this, so that a word weighs as much in a phrase as in a sentence of
  /// whose mean it is a part; 0: all as they are.
  double length_scale = 0;
  /// Share of a word's embedding that is the mean of its synonyms' rows; in [0, 1).
  double synonym_sharing = 0.0;
  double word_dropout = 0.0;       ///< probability that a word becomes [UNK]; in [0, 1)
  double embedding_dropout = 0.2;  ///< that an embedding unit is dropped for a sentence; in [0, 1)

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("certified", self.certified, "train a network of whole words for certification");
    visit("model", self.model,
          "with --certified: directory of a word net to start from; a bag of words starts the "
          "embeddings of another architecture");
    visit("train", self.train, "TSV with a header or JSON of {sentence, label, candidates}");
    visit("dev", self.dev, "the same, kept apart");
    visit("output", self.output, "directory to write");
    visit("limit", self.limit, "training sentences used; 0: all");
    visit("synonyms", self.synonyms,
          "certified: JSON object of word: [words] for sentences without candidates");
    visit("vocabulary", self.vocabulary,
          "certified: one word a line; none: the words of the training sentences");
    visit("min_count", self.min_count, "certified: times that such a word must occur");
    visit("max_words", self.max_words, "certified: words kept of a sentence, two special ones too");
    visit("architecture", self.architecture,
          "certified: transformer, lstm or bag_of_words (the sum of a row for each word)");
    visit("layers", self.layers, "certified: layers");
    visit("width", self.width, "certified: width of embeddings and of one LSTM direction");
    visit("heads", self.heads, "certified: attention heads");
    visit("feed_forward", self.feed_forward, "certified: hidden units of a Transformer layer");
    visit("layer_norm", self.layer_norm,
          "certified: LayerNorm of a Transformer, no_variance (without the division, of which more "
          "can be proved) or standard");
    visit("budget", self.budget, "certified: words that may be replaced at once");
    visit("ramp_start", self.ramp_start,
          "certified: share of the run before the sets of sentences grow");
    visit("ramp_end", self.ramp_end, "certified: share of the run from which they are whole");
    visit("clean_share", self.clean_share,
          "certified: weight of the plain loss at the end of the ramp");
    visit("interval_share", self.interval_share,
          "certified: share of interval bounds in the mix with linear ones");
    visit("length_scale", self.length_scale,
          "certified: the loss takes logits times words / this; 0: as they are");
    visit("synonym_sharing", self.synonym_sharing,
          "certified: share of a word's embedding that is the mean of those of its --synonyms");
    visit("word_dropout", self.word_dropout, "probability that a word becomes [UNK]");
    visit("embedding_dropout", self.embedding_dropout, "dropout of embedding units");
  }

  /// Throws: ConfigError naming the flag and the value.
  void validate() const;
  WordNetConfig net(int64_t classes) const {
    return {architecture, layers, width, heads, feed_forward, classes, layer_norm};
  }
};

}  // namespace limbeck::verify
