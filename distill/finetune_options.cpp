#include "distill/finetune_options.h"

#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/encode/bilstm_config.h"

namespace limbeck::distill {
namespace {

void require(bool holds, const char* option, const char* expected, double got) {
  std::string value = std::to_string(got);
  if (!holds)
    throw ConfigError(std::string("--") + option + ": expected " + expected + ", got " + value);
}

bool is_rate(double value) { return value >= 0 && std::isfinite(value); }

bool is_probability(double p) { return p >= 0 && p < 1; }

}  // namespace

void FineTuneOptions::validate() const {
  if (model.empty()) throw ConfigError("--model: expected a teacher or student directory");
  if (output.empty()) throw ConfigError("--output: expected a directory to write");
  const bool has_files = !train.empty() || !dev.empty();
  if (task.empty() == !has_files)
    throw ConfigError(
        "--task: expected either --task NAME --glue-dir DIR or --train FILE --dev FILE");
  if (has_files && (train.empty() || dev.empty()))
    throw ConfigError(std::string(train.empty() ? "--train" : "--dev") +
                      ": expected a TSV file beside the other one");
  require(repeats >= 1 && repeats <= 100, "repeats", "1 to 100", static_cast<double>(repeats));
  if (head_width < 0 || head_width > nlp::kMostWidth)
    throw ConfigError("--head-width: expected 0 to " + std::to_string(nlp::kMostWidth) + ", got " +
                      std::to_string(head_width));
  require(max_length >= 3 && max_length <= 512, "max-length", "3 to 512",
          static_cast<double>(max_length));
  require(limit >= 0, "limit", "0 or more", static_cast<double>(limit));
  require(is_probability(dropout), "dropout", "0 <= p < 1", dropout);
  require(is_probability(word_dropout), "word-dropout", "0 <= p < 1", word_dropout);
  require(is_probability(embedding_dropout), "embedding-dropout", "0 <= p < 1", embedding_dropout);
  require(is_rate(encoder_rate), "encoder-rate", "0 or more", encoder_rate);
  require(is_rate(embedding_rate), "embedding-rate", "0 or more", embedding_rate);
  require(layer_decay > 0 && layer_decay <= 1, "layer-decay", "0 < d <= 1", layer_decay);
}

}  // namespace limbeck::distill
