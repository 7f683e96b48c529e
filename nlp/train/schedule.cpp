#include "nlp/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nlp/core/errors.h"

namespace limbeck::nlp {

void ScheduleOptions::validate() const {
  if (schedule != "constant" && schedule != "linear" && schedule != "cosine")
    throw ConfigError("schedule: expected constant, linear or cosine, got '" + schedule + "'");
  if (!(warmup >= 0) || !std::isfinite(warmup))
    throw ConfigError("warmup: expected a value >= 0, got " + std::to_string(warmup));
  if (!(final_rate >= 0 && final_rate <= 1))
    throw ConfigError("final_rate: expected 0 <= value <= 1, got " + std::to_string(final_rate));
}

double schedule_factor(const ScheduleOptions& options, int64_t step, int64_t total_steps) {
  const double total = static_cast<double>(total_steps), now = static_cast<double>(step);
  const double warmup =
      std::min(total, std::floor(options.warmup < 1 ? options.warmup * total : options.warmup));
  if (now < warmup) return (now + 1) / warmup;
  if (options.schedule == "constant") return 1.0;
  const double done = std::min(1.0, (now - warmup) / std::max(1.0, total - warmup));
  const double shape =
      options.schedule == "linear" ? 1.0 - done : 0.5 * (1.0 + std::cos(std::numbers::pi * done));
  return options.final_rate + (1.0 - options.final_rate) * shape;
}

}  // namespace limbeck::nlp
