#pragma once

#include <filesystem>
#include <functional>

#include "nlp/report/append_file.h"
#include "nlp/report/metric_sink.h"

namespace limbeck::nlp {

/// Name of the event file in the output directory; TensorBoard looks for "tfevents" in it.
inline constexpr const char* kEventFileName = "events.out.tfevents.limbeck";

/// Seconds since 1970 by the system's clock.
double system_time_seconds();

/// A TensorBoard event file. The format puts the time of day into each event (its relative axis
/// comes from it), so this file, unlike metrics.jsonl, differs between equal runs.
class TensorboardWriter : public MetricSink {
 public:
  /// Keeps the events of an existing file up to `kept_steps` and its whole records alone.
  TensorboardWriter(const std::filesystem::path& path, int64_t kept_steps = kNoSteps,
                    std::function<double()> clock = system_time_seconds);

  void add(const MetricRow& row) override;
  void flush() override { file_.sync(); }

 private:
  AppendFile file_;
  int64_t last_step_;
  std::function<double()> clock_;
};

}  // namespace limbeck::nlp
