#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/distillation.h"
#include "tests/cli/spawn.h"
#include "tests/cli/stopped_run.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStopped = "limbeck: interrupted; nothing half-written is left\n";

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text +=
        "a man sings and the cat sat on the mat while the film is good " + std::to_string(i) + "\n";
  return text;
}

// The first signal was once heard by nobody in eval and compare; the second left a lock file.
TEST(Interruption, EndsEvalAtTheNextBatch) {
  const TemporaryDirectory folder;
  std::string table = "sentence\tlabel\n";
  for (int i = 0; i < 100'000; ++i) table += "the film is good and the cat sat\tpositive\n";
  const std::string file = folder.write("dev.tsv", table);
  const std::string model = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/student/classify";
  for (const int signal : {SIGINT, SIGTERM}) {
    const Outcome outcome = run_until_stopped(folder / "nothing", [&] {
      return limbeck(
          {"eval", "--model", model, "--data", file, "--threads", "2"},
          {.stop_when_process = [](pid_t process) { return thread_count_of(process) > 1; },
           .stop_signal = signal});
    });
    EXPECT_EQ(outcome.exit_code, 128 + signal);
    EXPECT_EQ(outcome.error, kStopped);
    EXPECT_EQ(outcome.output, "");
  }
}

TEST(Interruption, EndsPerplexityAtTheNextWindows) {
  const TemporaryDirectory folder;
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "The market is there. They were going home.\n";
  const std::string file = folder.write("text.txt", text), words = folder.write("w.txt", "market");
  const std::string model = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/causal/llama";
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--words", words}}) {
    std::vector<std::string> command = {"perplexity", "--model", model,       "--text", file,
                                        "--threads",  "2",       "--context", "64"};
    command.insert(command.end(), more.begin(), more.end());
    for (const int signal : {SIGINT, SIGTERM}) {
      const Outcome outcome = run_until_stopped(folder / "nothing", [&] {
        return limbeck(command, {.stop_when_process =
                                     [](pid_t process) { return thread_count_of(process) > 1; },
                                 .stop_signal = signal});
      });
      EXPECT_EQ(outcome.exit_code, 128 + signal);
      EXPECT_EQ(outcome.error, "limbeck: interrupted; nothing was printed (run it again)\n");
      EXPECT_EQ(outcome.output, "");
    }
  }
}

TEST(Interruption, OfCompareLeavesNothingBehind) {
  const TemporaryDirectory folder;
  const std::string text = folder.write("text.txt", lines(300));
  const Outcome outcome = run_until_stopped(folder / "out", [&] {
    return limbeck(
        {"compare", "--teacher", small_student(), "--student", small_student(), "--data", text,
         "--output", folder / "out"},
        {.stop_when = [&] { return fs::exists(folder / "out/.lock"); }, .stop_signal = SIGINT});
  });
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(outcome.error, kStopped);
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(Interruption, EndsDistillWhileItReadsItsText) {
  if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  const Distillation run;
  run.folder().write("text.txt", lines(400'000));
  const Outcome outcome = run_until_stopped(
      run.output(),
      [&] {
        return run.run({"--progress", "never"},
                       {.stop_when = [&] { return fs::exists(fs::path(run.output()) / ".lock"); },
                        .stop_signal = SIGINT});
      },
      [&] { return fs::exists(fs::path(run.output()) / "run.json"); });
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(outcome.error, kStopped);
  EXPECT_FALSE(fs::exists(run.output()));
}

}  // namespace
}  // namespace limbeck::test
