#include "verify/options/certified_training_options.h"

#include "verify/options/require_option.h"

namespace limbeck::verify {
namespace {

void require_share(double value, const char* flag) {
  require_option(value >= 0 && value <= 1, flag, "0 to 1", std::to_string(value));
}

}  // namespace

void CertifiedTrainingOptions::validate() const {
  require_option(!train.empty(), "train", "a JSON or TSV file of sentences", "nothing");
  require_option(!dev.empty(), "dev", "a JSON or TSV file of sentences", "nothing");
  require_option(!output.empty(), "output", "a directory", "nothing");
  require_option(train.ends_with(".json") == dev.ends_with(".json"), "dev",
                 "a file of the same kind as --train", "'" + dev + "'");
  require_option(limit >= 0, "limit", "0 or more", std::to_string(limit));
  require_option(min_count >= 1, "min-count", "1 or more", std::to_string(min_count));
  require_option(max_words >= 3 && max_words <= 512, "max-words", "3 to 512",
                 std::to_string(max_words));
  require_option(budget >= 1, "budget", "1 or more words", std::to_string(budget));
  require_option(ramp_start >= 0 && ramp_start < 1, "ramp-start", "0 to below 1",
                 std::to_string(ramp_start));
  require_option(ramp_end > ramp_start && ramp_end <= 1, "ramp-end",
                 "above --ramp-start, at most 1", std::to_string(ramp_end));
  require_share(clean_share, "clean-share");
  require_share(interval_share, "interval-share");
  require_option(length_scale >= 0, "length-scale", "0 or more words",
                 std::to_string(length_scale));
  require_option(synonym_sharing >= 0 && synonym_sharing < 1, "synonym-sharing", "0 <= share < 1",
                 std::to_string(synonym_sharing));
  require_option(synonym_sharing == 0 || !synonyms.empty(), "synonym-sharing",
                 "--synonyms beside it", std::to_string(synonym_sharing));
  require_option(word_dropout >= 0 && word_dropout < 1, "word-dropout", "0 <= p < 1",
                 std::to_string(word_dropout));
  require_option(embedding_dropout >= 0 && embedding_dropout < 1, "embedding-dropout", "0 <= p < 1",
                 std::to_string(embedding_dropout));
  require_option(
      architecture == "transformer" || architecture == "lstm" || architecture == "bag_of_words",
      "architecture", "transformer, lstm or bag_of_words", "'" + architecture + "'");
  require_option(layer_norm == "no_variance" || layer_norm == "standard", "layer-norm",
                 "no_variance or standard", "'" + layer_norm + "'");
  require_option(heads >= 1 && width >= 1 && width % heads == 0, "heads",
                 "a divisor of the width " + std::to_string(width), std::to_string(heads));
  net(2).validate();
}

}  // namespace limbeck::verify
