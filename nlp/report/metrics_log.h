#pragma once

#include <filesystem>

#include "nlp/report/append_file.h"
#include "nlp/report/metric_sink.h"

namespace limbeck::nlp {

/// `metrics.jsonl`: one object a row, `{"step": 10, "epoch": 0.5, "train_loss": 0.25}`, without
/// times, so that equal runs give equal bytes. A value that is not finite is null, with its reason
/// under "not_finite".
class MetricsLog : public MetricSink {
 public:
  /// Keeps the rows of an existing file up to `kept_steps`; a file that is not there starts empty.
  /// Throws: DataError `path:line: ...` when a kept row is not valid.
  explicit MetricsLog(const std::filesystem::path& path, int64_t kept_steps = kNoSteps);

  void add(const MetricRow& row) override;
  void flush() override { file_.sync(); }

 private:
  AppendFile file_;
  int64_t last_step_;
};

/// All rows of a file, in order, a null value as NaN. Throws: DataError `path:line: ...`.
std::vector<MetricRow> read_metrics_log(const std::filesystem::path& path);

}  // namespace limbeck::nlp
