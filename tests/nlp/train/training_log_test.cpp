#include "nlp/train/training_log.h"

#include <gtest/gtest.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/report/event_record.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::nlp {
namespace {

using test::TemporaryDirectory;

nlohmann::ordered_json row(int64_t step) {
  return {
      {"event", "train"}, {"step", step}, {"epoch", 0}, {"loss", 1.0 / static_cast<double>(step)}};
}

std::string rows_of(const TemporaryDirectory& folder) { return read_file(folder / kMetricsFile); }

/// Steps of the events in the TensorBoard file, without the version record.
std::vector<int64_t> event_steps(const TemporaryDirectory& folder) {
  const std::string file = read_file(folder / kEventFileName);
  std::vector<int64_t> steps;
  size_t offset = 0;
  while (const auto payload = next_record(file, offset))
    if (const auto step = event_step(*payload); step && offset > 60) steps.push_back(*step);
  EXPECT_EQ(offset, file.size()) << "a record is cut";
  return steps;
}

void write_steps(TrainingLog& log, int64_t first, int64_t last) {
  for (int64_t step = first; step <= last; ++step) log.write(row(step));
}

TEST(TrainingLog, WritesBothFiles) {
  const TemporaryDirectory folder;
  TrainingLog log(folder.path());
  write_steps(log, 1, 3);
  EXPECT_EQ(log.position(), static_cast<int64_t>(rows_of(folder).size()));
  EXPECT_EQ(rows_of(folder).substr(0, 48),
            "{\"event\":\"train\",\"step\":1,\"epoch\":0,\"loss\":1.0}\n");
  EXPECT_EQ(event_steps(folder), (std::vector<int64_t>{1, 2, 3}));
}

TEST(TrainingLog, ForgetsWhatCameAfterTheMark) {
  const TemporaryDirectory whole, resumed;
  {
    TrainingLog log(whole.path());
    write_steps(log, 1, 9);
  }
  int64_t mark = 0;
  {
    TrainingLog log(resumed.path());
    write_steps(log, 1, 4);
    mark = log.position();
    write_steps(log, 5, 7);  // the run is killed here
  }
  TrainingLog log(resumed.path());
  log.resume_at(mark);
  EXPECT_EQ(event_steps(resumed), (std::vector<int64_t>{1, 2, 3, 4}));
  write_steps(log, 5, 9);
  EXPECT_EQ(rows_of(resumed), rows_of(whole));
  EXPECT_EQ(event_steps(resumed), event_steps(whole));
}

TEST(TrainingLog, StartsAnewAtMarkZero) {
  const TemporaryDirectory folder;
  {
    TrainingLog log(folder.path());
    write_steps(log, 1, 4);
  }
  TrainingLog log(folder.path());
  log.resume_at(0);
  write_steps(log, 1, 2);
  EXPECT_EQ(event_steps(folder), (std::vector<int64_t>{1, 2}));
}

TEST(TrainingLog, SurvivesAnEventFileThatWasCutOrRemoved) {
  const TemporaryDirectory folder;
  int64_t mark = 0;
  {
    TrainingLog log(folder.path());
    write_steps(log, 1, 4);
    mark = log.position();
  }
  const auto events = folder / kEventFileName;
  std::filesystem::resize_file(events, std::filesystem::file_size(events) - 3);
  {
    TrainingLog log(folder.path());
    log.resume_at(mark);
    EXPECT_EQ(event_steps(folder), (std::vector<int64_t>{1, 2, 3}));
  }
  std::filesystem::remove(events);
  TrainingLog log(folder.path());
  log.resume_at(mark);
  write_steps(log, 5, 6);
  EXPECT_EQ(event_steps(folder), (std::vector<int64_t>{5, 6}));
}

TEST(TrainingLog, RefusesRowsThatWereRemovedByHand) {
  const TemporaryDirectory folder;
  folder.write(kMetricsFile, "{}\n");
  TrainingLog log(folder.path());
  EXPECT_EQ(test::error_message<DataError>([&] { log.resume_at(100); }),
            (folder / kMetricsFile).string() +
                ": expected at least 100 bytes, as the checkpoint says, got 3 (start anew with "
                "--overwrite)");
}

}  // namespace
}  // namespace limbeck::nlp
