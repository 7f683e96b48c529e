#include "verify/options/certified_training_options.h"

namespace limbeck::verify {
namespace {

void require(bool holds, const char* flag, const std::string& expected, const std::string& got) {
  if (!holds)
    throw ConfigError("--" + std::string(flag) + ": expected " + expected + ", got " + got);
}

void require_share(double value, const char* flag) {
  require(value >= 0 && value <= 1, flag, "0 to 1", std::to_string(value));
}

}  // namespace

void CertifiedTrainingOptions::validate() const {
  require(!train.empty(), "train", "a JSON or TSV file of sentences", "nothing");
  require(!dev.empty(), "dev", "a JSON or TSV file of sentences", "nothing");
  require(!output.empty(), "output", "a directory", "nothing");
  require(train.ends_with(".json") == dev.ends_with(".json"), "dev",
          "a file of the same kind as --train", "'" + dev + "'");
  require(limit >= 0, "limit", "0 or more", std::to_string(limit));
  require(min_count >= 1, "min-count", "1 or more", std::to_string(min_count));
  require(max_words >= 3 && max_words <= 512, "max-words", "3 to 512", std::to_string(max_words));
  require(budget >= 1, "budget", "1 or more words", std::to_string(budget));
  require(ramp_start >= 0 && ramp_start < 1, "ramp-start", "0 to below 1",
          std::to_string(ramp_start));
  require(ramp_end > ramp_start && ramp_end <= 1, "ramp-end", "above --ramp-start, at most 1",
          std::to_string(ramp_end));
  require_share(clean_share, "clean-share");
  require_share(interval_share, "interval-share");
  require(length_scale >= 0, "length-scale", "0 or more words", std::to_string(length_scale));
  require(synonym_sharing >= 0 && synonym_sharing < 1, "synonym-sharing", "0 <= share < 1",
          std::to_string(synonym_sharing));
  require(synonym_sharing == 0 || !synonyms.empty(), "synonym-sharing", "--synonyms beside it",
          std::to_string(synonym_sharing));
  require(word_dropout >= 0 && word_dropout < 1, "word-dropout", "0 <= p < 1",
          std::to_string(word_dropout));
  require(embedding_dropout >= 0 && embedding_dropout < 1, "embedding-dropout", "0 <= p < 1",
          std::to_string(embedding_dropout));
  require(architecture == "transformer" || architecture == "lstm" || architecture == "bag_of_words",
          "architecture", "transformer, lstm or bag_of_words", "'" + architecture + "'");
  require(layer_norm == "no_variance" || layer_norm == "standard", "layer-norm",
          "no_variance or standard", "'" + layer_norm + "'");
  require(heads >= 1 && width >= 1 && width % heads == 0, "heads",
          "a divisor of the width " + std::to_string(width), std::to_string(heads));
  net(2).validate();
}

}  // namespace limbeck::verify
