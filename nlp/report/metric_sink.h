#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace limbeck::nlp {

/// Named numbers of one step; names are unique and none is "step", "epoch" or "not_finite".
struct MetricRow {
  int64_t step = 0;
  double epoch = 0;
  std::vector<std::pair<std::string, double>> values;
};

/// Where a training run writes its numbers. Steps never go back.
///
/// A run that resumes at step N opens its sinks with `kept_steps` N: rows after step N are dropped,
/// and so is a row that a crash cut. For a final file equal to an uninterrupted run's, write and
/// flush() all rows of step N before the checkpoint of step N is saved.
class MetricSink {
 public:
  virtual ~MetricSink() = default;
  /// Throws: DataError when the file cannot be written; ConfigError when the step goes back.
  virtual void add(const MetricRow& row) = 0;
  /// Returns when the rows are on the disk (fsync).
  virtual void flush() = 0;
};

/// `kept_steps` of a new run: an existing file is emptied.
inline constexpr int64_t kNoSteps = -1;

}  // namespace limbeck::nlp
