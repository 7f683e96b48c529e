#include "nlp/train/trainer_options.h"

#include <cmath>
#include <cstdio>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

void require_at_least(int64_t least, const char* field, int64_t value) {
  if (value < least)
    throw ConfigError(std::string(field) + ": expected at least " + std::to_string(least) +
                      ", got " + std::to_string(value));
}

/// Products of two such numbers fit: epochs and steps, batches and their size.
void require_countable(const char* field, int64_t value) {
  constexpr int64_t kMost = 1'000'000'000;
  if (value > kMost)
    throw ConfigError(std::string(field) + ": expected at most " + std::to_string(kMost) +
                      ", got " + std::to_string(value));
}

[[noreturn]] void refuse(const char* field, const char* range, double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  throw ConfigError(std::string(field) + ": expected " + range + ", got " + text);
}

}  // namespace

void TrainerOptions::validate() const {
  require_at_least(1, "epochs", epochs);
  require_countable("epochs", epochs);
  require_at_least(0, "max_steps", max_steps);
  require_at_least(1, "batch_size", batch_size);
  require_countable("batch_size", batch_size);
  require_countable("bucket_batches", bucket_batches);
  require_at_least(0, "micro_batch_size", micro_batch_size);
  if (dtype != "float32" && dtype != "bfloat16")
    throw ConfigError("dtype: expected float32 or bfloat16, got '" + dtype + "'");
  if (!(learning_rate > 0) || !std::isfinite(learning_rate))
    refuse("learning_rate", "a value > 0", learning_rate);
  if (!(clip_norm >= 0) || !std::isfinite(clip_norm))
    refuse("clip_norm", "a value >= 0", clip_norm);
  optimizer.validate();
  schedule.validate();
  require_at_least(1, "log_every", log_every);
  require_at_least(0, "eval_every", eval_every);
  require_at_least(0, "checkpoint_every", checkpoint_every);
  require_at_least(1, "keep_last", keep_last);
  require_at_least(0, "patience", patience);
  if (patience > 0 && monitor.empty())
    throw ConfigError("patience: expected a metric in monitor, got none");
}

}  // namespace limbeck::nlp
