#pragma once

#include <cstdint>
#include <string>

namespace limbeck::nlp {

/// How the learning rate goes over a run.
struct ScheduleOptions {
  std::string schedule = "linear";  ///< after the warm-up: constant, linear or cosine
  double warmup = 0.1;              ///< below 1: share of all steps; from 1 on: steps; >= 0
  double final_rate = 0.0;          ///< where linear and cosine end, as a share of the peak; [0, 1]

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("schedule", self.schedule, "learning rate after the warm-up: constant, linear or cosine");
    visit("warmup", self.warmup, "warm-up: below 1 a share of all steps, from 1 on steps");
    visit("final_rate", self.final_rate, "last learning rate as a share of the peak");
  }
  /// Throws: ConfigError naming the field, the range and the value.
  void validate() const;
};

/// Share of the peak learning rate for update `step` (from 0) of `total_steps`: rises over the W
/// steps of warm-up as (step + 1) / W, then goes from 1 to final_rate. A pure function. total_steps
/// >= 1.
double schedule_factor(const ScheduleOptions& options, int64_t step, int64_t total_steps);

}  // namespace limbeck::nlp
