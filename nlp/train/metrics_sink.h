#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace limbeck::nlp {

/// Where the rows of a run's learning curve go. Rows hold no time, so that a resumed run writes the
/// same bytes.
class MetricsSink {
 public:
  virtual ~MetricsSink() = default;
  virtual void write(const nlohmann::ordered_json& row) = 0;
  /// A mark behind the rows so far, which are on disk when this returns; kept in checkpoints.
  virtual int64_t position() = 0;
  /// Forgets what was written after the mark `position`; 0 = everything.
  virtual void resume_at(int64_t position) = 0;
};

/// Appends one line of JSON a row to a file.
class JsonlMetricsSink final : public MetricsSink {
 public:
  /// Throws: DataError when the file cannot be opened for writing.
  explicit JsonlMetricsSink(std::filesystem::path path);
  ~JsonlMetricsSink() override;
  JsonlMetricsSink(const JsonlMetricsSink&) = delete;
  JsonlMetricsSink& operator=(const JsonlMetricsSink&) = delete;

  /// Throws: DataError `path: cannot write: No space left on device`.
  void write(const nlohmann::ordered_json& row) override;
  int64_t position() override;
  /// Throws: DataError when the file is shorter than the mark (rows were removed by hand).
  void resume_at(int64_t position) override;

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace limbeck::nlp
