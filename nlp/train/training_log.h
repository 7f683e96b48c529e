#pragma once

#include <filesystem>
#include <memory>

#include "nlp/report/tensorboard_writer.h"
#include "nlp/train/metrics_sink.h"

namespace limbeck::nlp {

/// The learning curve of a run: metrics.jsonl, which equal runs write alike, and a TensorBoard
/// event file beside it.
class TrainingLog final : public MetricsSink {
 public:
  explicit TrainingLog(const std::filesystem::path& directory);

  void write(const nlohmann::ordered_json& row) override;
  int64_t position() override;
  void resume_at(int64_t position) override;

 private:
  std::filesystem::path directory_;
  JsonlMetricsSink rows_;
  std::unique_ptr<TensorboardWriter> events_;
};

/// Name of the learning curve in an output directory.
inline constexpr const char* kMetricsFile = "metrics.jsonl";

}  // namespace limbeck::nlp
