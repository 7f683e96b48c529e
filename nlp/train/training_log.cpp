#include "nlp/train/training_log.h"

#include <fstream>
#include <string>

#include "nlp/core/json_file.h"

namespace limbeck::nlp {
namespace {

/// Step of the last whole row, or kNoSteps.
int64_t last_step(const std::filesystem::path& file) {
  std::ifstream rows(file);
  std::string line, last;
  while (std::getline(rows, line))
    if (!line.empty()) last = line;
  return last.empty() ? kNoSteps : parse_json(last, file.string()).value("step", kNoSteps);
}

}  // namespace

TrainingLog::TrainingLog(const std::filesystem::path& directory)
    : directory_(directory), rows_(directory / kMetricsFile) {}

void TrainingLog::write(const nlohmann::ordered_json& row) {
  if (!events_) events_ = std::make_unique<TensorboardWriter>(directory_ / kEventFileName);
  rows_.write(row);
  MetricRow numbers;
  for (const auto& [name, value] : row.items()) {
    if (name == "step") {
      numbers.step = value.get<int64_t>();
    } else if (name == "epoch") {
      numbers.epoch = value.get<double>();
    } else if (value.is_number()) {
      numbers.values.emplace_back(name, value.get<double>());
    }
  }
  events_->add(numbers);
}

int64_t TrainingLog::position() {
  if (events_) events_->flush();
  return rows_.position();
}

void TrainingLog::resume_at(int64_t position) {
  rows_.resume_at(position);
  events_ = std::make_unique<TensorboardWriter>(directory_ / kEventFileName,
                                                last_step(directory_ / kMetricsFile));
}

}  // namespace limbeck::nlp
