#include "nlp/report/tensorboard_writer.h"

#include <chrono>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/report/event_record.h"

namespace limbeck::nlp {
namespace {

uint64_t kept_bytes(const std::filesystem::path& path, int64_t kept_steps) {
  if (kept_steps == kNoSteps || !std::filesystem::exists(path)) return 0;
  const std::string file = read_file(path);
  size_t kept = 0, offset = 0;
  while (const auto payload = next_record(file, offset)) {
    const auto step = event_step(*payload);
    if (!step || *step > kept_steps) break;
    kept = offset;
  }
  return kept;
}

}  // namespace

double system_time_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

TensorboardWriter::TensorboardWriter(const std::filesystem::path& path, int64_t kept_steps,
                                     std::function<double()> clock)
    : file_(path, kept_bytes(path, kept_steps)), last_step_(kept_steps), clock_(std::move(clock)) {
  if (std::filesystem::file_size(path) == 0) file_.write(framed_record(version_event(clock_())));
}

void TensorboardWriter::add(const MetricRow& row) {
  if (row.step < last_step_)
    throw ConfigError("tensorboard: step " + std::to_string(row.step) + " after step " +
                      std::to_string(last_step_));
  last_step_ = row.step;
  file_.write(framed_record(scalar_event(row, clock_())));
}

}  // namespace limbeck::nlp
