#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlp/core/atomic_file.h"
#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;

constexpr const char* kReport = R"({"schema": "limbeck-report", "schema_version": 1,
  "command": "distill", "title": "A <small> run", "summary": [], "sections": [],
  "results": {}})";

TEST(ReportCommand, DrawsTheSamePageToAFileAndToStandardOutput) {
  const TemporaryDirectory folder;
  const std::string json = folder.write("run/report.json", kReport);
  const Outcome printed = limbeck({"report", json});
  ASSERT_EQ(printed.exit_code, 0) << printed.error;
  EXPECT_THAT(printed.output, HasSubstr("<!DOCTYPE html>"));
  EXPECT_THAT(printed.output, HasSubstr("A &lt;small&gt; run"));
  const std::string page = folder / "page.html";
  const Outcome written = limbeck({"report", folder / "run", "--output", page});
  ASSERT_EQ(written.exit_code, 0) << written.error;
  EXPECT_EQ(written.output, "");
  EXPECT_EQ(read_file(page), printed.output);
}

TEST(ReportCommand, RefusesWhatIsNoReport) {
  const TemporaryDirectory folder;
  EXPECT_EQ(limbeck({"report"}).error,
            "limbeck: REPORT: expected a report.json or the directory that holds it\n");
  const std::string other = folder.write("other.json", R"({"schema": "other"})");
  const Outcome outcome = limbeck({"report", other});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error.rfind("limbeck: " + other + ": /", 0), 0u) << outcome.error;
  const std::string file = folder / "absent.json";
  const Outcome absent = limbeck({"report", file});
  EXPECT_EQ(absent.exit_code, 3);
  EXPECT_EQ(absent.error, "limbeck: " + file + ": cannot open: No such file or directory\n");
}

}  // namespace
}  // namespace limbeck::test
