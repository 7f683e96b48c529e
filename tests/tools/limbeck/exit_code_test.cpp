#include "tools/limbeck/exit_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <new>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/json_file.h"
#include "tests/support/temporary_directory.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/version.h"

namespace limbeck::tools {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kWords = {"embed", "--model", "a model", "--batch-size", "7"};

/// What the program prints and its exit code for this exception; dumps go to a folder of their own.
class ExitCode : public testing::Test {
 protected:
  ExitCode() { ::setenv("TMPDIR", folder_.path().c_str(), 1); }
  ~ExitCode() override { before_ ? ::setenv("TMPDIR", before_, 1) : ::unsetenv("TMPDIR"); }

  template <class E>
  int report(const E& error, const std::vector<std::string>& words = kWords) {
    testing::internal::CaptureStderr();
    int code = -1;
    try {
      throw error;
    } catch (...) {
      code = report_current_exception(words);
    }
    message_ = testing::internal::GetCapturedStderr();
    return code;
  }

  /// The only file in the folder of dumps; empty when there is none.
  fs::path dump() const {
    fs::path file;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      EXPECT_EQ(file, fs::path()) << "more than one file";
      file = entry.path();
    }
    return file;
  }

  const char* before_ = std::getenv("TMPDIR");
  const test::TemporaryDirectory folder_;
  std::string message_;
};

TEST_F(ExitCode, FitsTheTypeOfTheError) {
  EXPECT_EQ(report(ConfigError("--x: wrong")), 2);
  EXPECT_EQ(message_, "limbeck: --x: wrong\n");
  EXPECT_EQ(report(InconclusiveError("training diverged")), 4);
  EXPECT_EQ(report(DataError("f:1: bad\nsecond line")), 3);
  EXPECT_EQ(message_, "limbeck: f:1: bad\n");
  EXPECT_EQ(report(UnsupportedError("not \x1b[31mhere")), 3);
  EXPECT_EQ(message_, "limbeck: not ?[31mhere\n");
  EXPECT_EQ(report(Interrupted("interrupted; again", SIGTERM)), 143);
  EXPECT_EQ(message_, "limbeck: interrupted; again\n");
  EXPECT_EQ(report(ClosedPipe()), 0);
  EXPECT_EQ(message_, "");
  EXPECT_EQ(dump(), "");
}

TEST_F(ExitCode, OfAFilesystemErrorIsThatOfBadInput) {
  // It was once an internal error, in the words of the standard library.
  try {
    fs::directory_iterator(folder_ / "absent");
    FAIL();
  } catch (const fs::filesystem_error& error) {
    EXPECT_EQ(report(error), 3);
  }
  EXPECT_EQ(message_,
            "limbeck: " + (folder_ / "absent").string() + ": No such file or directory\n");
}

TEST_F(ExitCode, OfAnInternalErrorComesWithADump) {
  EXPECT_EQ(report(ShapeError("expected (2, 3)\nsecond line")), 5);
  EXPECT_EQ(message_,
            "limbeck: internal error: expected (2, 3); details: " + dump().string() + "\n");
  EXPECT_THAT(dump().filename().string(), testing::MatchesRegex("limbeck-error-......\\.json"));
  const nlohmann::json json = read_json_file(dump());
  EXPECT_EQ(json["command_line"], "limbeck embed --model 'a model' --batch-size 7");
  EXPECT_EQ(json["message"], "internal error: expected (2, 3)\nsecond line");
  EXPECT_EQ(json["version"], version());
  EXPECT_EQ(json["build"], build_description());
  EXPECT_EQ(json["options"]["model"], "a model");
  EXPECT_EQ(json["options"]["batch_size"], 7);
  EXPECT_EQ(json["options"]["dtype"], "float32");
}

TEST_F(ExitCode, OfLackingMemoryKeepsItsRemedy) {
  EXPECT_EQ(report(std::bad_alloc()), 5);
  EXPECT_EQ(message_,
            "limbeck: out of memory (give a smaller --batch-size, or free memory); details: " +
                dump().string() + "\n");
}

TEST_F(ExitCode, ADumpHasNoOptionsWhereTheWordsAreWrong) {
  EXPECT_EQ(report(std::runtime_error("x"), {"embd"}), 5);
  EXPECT_TRUE(read_json_file(dump())["options"].is_null());
}

TEST_F(ExitCode, StaysTheSameWhereNoDumpCanBeWritten) {
  ::setenv("TMPDIR", (folder_ / "absent").c_str(), 1);
  EXPECT_EQ(report(std::runtime_error("x")), 5);
  EXPECT_EQ(message_, "limbeck: internal error: x\n");
}

TEST_F(ExitCode, IsThatOfTheInterruptionWhichCausedTheError) {
  set_interrupt_signal(SIGINT);
  EXPECT_EQ(report(DataError("cannot read: Interrupted system call")), 130);
  EXPECT_EQ(message_, "limbeck: interrupted; nothing half-written is left\n");
  EXPECT_EQ(report(std::runtime_error("x")), 130);
  set_interrupt_signal(0);
  EXPECT_EQ(dump(), "");
}

}  // namespace
}  // namespace limbeck::tools
