#include "nlp/report/metrics_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

class MetricsLogFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder =
        (std::filesystem::temp_directory_path() / "limbeck-metrics-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static MetricRow row(int64_t step) {
    return {
        step, 0.1 * static_cast<double>(step), {{"loss", 1.0 / (1.0 + static_cast<double>(step))}}};
  }
  static void add_rows(MetricsLog& log, int64_t first, int64_t last) {
    for (int64_t step = first; step <= last; ++step) log.add(row(step));
    log.flush();
  }

  std::filesystem::path folder_;
};

TEST_F(MetricsLogFile, HoldsOneObjectALine) {
  MetricsLog log(folder_ / "m.jsonl");
  log.add({10, 0.5, {{"loss", 0.25}, {"sts", NAN}}});
  log.flush();
  EXPECT_EQ(
      read_file(folder_ / "m.jsonl"),
      "{\"step\":10,\"epoch\":0.5,\"loss\":0.25,\"sts\":null,\"not_finite\":{\"sts\":\"nan\"}}\n");
  const auto rows = read_metrics_log(folder_ / "m.jsonl");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].values[0].second, 0.25);
  EXPECT_TRUE(std::isnan(rows[0].values[1].second));
}

TEST_F(MetricsLogFile, ResumedEqualsUninterrupted) {
  {
    MetricsLog whole(folder_ / "whole"), cut(folder_ / "cut");
    add_rows(whole, 1, 20);
    add_rows(cut, 1, 13);
  }
  std::ofstream(folder_ / "cut", std::ios::app)
      << "{\"step\":14,\"epo";  // a crash in the middle of a row
  {
    MetricsLog resumed(folder_ / "cut", 10);
    add_rows(resumed, 11, 20);
  }
  EXPECT_EQ(read_file(folder_ / "cut"), read_file(folder_ / "whole"));
}

TEST_F(MetricsLogFile, KeepsEveryRowOfTheResumedStep) {
  {
    MetricsLog log(folder_ / "m");
    log.add(row(1));
    log.add({1, 0.1, {{"validation_loss", 0.5}}});
    log.add(row(2));
  }
  MetricsLog resumed(folder_ / "m", 1);
  EXPECT_EQ(read_metrics_log(folder_ / "m").size(), 2u);
}

TEST_F(MetricsLogFile, ANewRunStartsEmpty) {
  {
    MetricsLog log(folder_ / "m");
    log.add(row(1));
  }
  MetricsLog log(folder_ / "m");
  EXPECT_EQ(std::filesystem::file_size(folder_ / "m"), 0u);
}

TEST_F(MetricsLogFile, NamesTheLineThatIsNotValid) {
  write_file_atomic(folder_ / "m", "{\"step\":1,\"epoch\":0}\nhello\n");
  try {
    MetricsLog log(folder_ / "m", 5);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), (folder_ / "m").string() + ":2: not valid JSON");
  }
}

TEST_F(MetricsLogFile, RefusesAStepBack) {
  MetricsLog log(folder_ / "m");
  log.add(row(5));
  try {
    log.add(row(4));
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "metrics: step 4 after step 5");
  }
}

TEST_F(MetricsLogFile, ReportsAFullDisk) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  std::filesystem::create_symlink("/dev/full", folder_ / "m");
  try {
    AppendFile file(folder_ / "m", 0);
    file.write("x");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/m: cannot write: "));
  }
}

}  // namespace
}  // namespace limbeck::nlp
