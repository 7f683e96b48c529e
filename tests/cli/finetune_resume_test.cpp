#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "tests/cli/distillation.h"
#include "tests/cli/finetuning.h"
#include "tests/cli/stopped_run.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

class ResumedFinetuning : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  }
};

void expect_same_model(const fs::path& got, const fs::path& want) {
  for (const char* file : {"model.safetensors", "metrics.jsonl", "config.json"})
    EXPECT_TRUE(read_file(got / file) == read_file(want / file)) << file;
}

/// Whether a run of a fine-tuning has ended: it has no checkpoints any more.
std::function<bool()> has_result(const fs::path& output, const std::string& run = "model-seed1") {
  return [=] { return fs::exists(output / "runs" / run / "result.json"); };
}

TEST_F(ResumedFinetuning, EndsWithTheSameBitsWhereverItIsKilled) {
  const Finetuning task;
  ASSERT_EQ(task.run("whole").exit_code, 0);
  std::vector<std::string> more;
  for (const int64_t step : {20, 60, 120}) {
    const auto moment = has_checkpoint_from(task / "killed/runs/model-seed1", step);
    const Outcome outcome = run_until_stopped(
        task / "killed", [&] { return task.run("killed", more, {.stop_when = moment}); },
        has_result(task / "killed"));
    ASSERT_EQ(outcome.exit_code, 128 + SIGKILL) << outcome.error;
    more = {"--resume"};
  }
  EXPECT_TRUE(read_json_file(task / "killed/run.json")["ended"].is_null());
  const Outcome last = task.run("killed", {"--resume"});
  ASSERT_EQ(last.exit_code, 0) << last.error;
  EXPECT_TRUE(read_json_file(task / "killed/run.json")["ended"].is_string());
  expect_same_model(task / "killed", task / "whole");
}

/// A moment of a fine-tuning of several runs, and what must not have happened by then.
struct Moment {
  const char* description;
  std::function<bool()> is_reached, is_past;
};

TEST_F(ResumedFinetuning, OfSeveralRunsEndsWithTheSameBitsWhereverItIsKilled) {
  Finetuning task;
  task.take_student();
  const std::vector<std::string> several = {"--control", "--repeats", "2"};
  ASSERT_EQ(task.run("whole", several).exit_code, 0);
  const fs::path killed = task / "killed";
  const std::vector<Moment> moments = {
      {"in the control", has_checkpoint_from(killed / "runs/control-seed1", 40),
       has_result(killed, "control-seed1")},
      {"after the control", has_result(killed, "control-seed1"), has_result(killed, "model-seed2")},
      {"in the second seed", has_checkpoint_from(killed / "runs/model-seed2", 40),
       has_result(killed, "model-seed2")},
      {"before the last run", has_result(killed, "model-seed2"),
       has_result(killed, "control-seed2")},
      {"in the last run", has_checkpoint_from(killed / "runs/control-seed2", 80),
       has_result(killed, "control-seed2")}};
  std::vector<std::string> more = several;
  for (const Moment& moment : moments) {
    const Outcome outcome = run_until_stopped(
        killed, [&] { return task.run("killed", more, {.stop_when = moment.is_reached}); },
        moment.is_past);
    ASSERT_EQ(outcome.exit_code, 128 + SIGKILL) << moment.description << outcome.error;
    ASSERT_FALSE(moment.is_past()) << moment.description;
    more = several;
    more.emplace_back("--resume");
  }
  const Outcome last = task.run("killed", more);
  ASSERT_EQ(last.exit_code, 0) << last.error;
  const nlohmann::json results = read_json_file(task / "whole/report.json")["results"];
  ASSERT_EQ(results["runs"].size(), 4u);
  EXPECT_EQ(read_json_file(killed / "report.json")["results"], results);
  expect_same_model(killed, task / "whole");
  for (const char* file : {"control/model.safetensors", "control/config.json"})
    EXPECT_TRUE(read_file(killed / file) == read_file(task / "whole" / file)) << file;
  for (const char* run : {"model-seed1", "control-seed1", "model-seed2", "control-seed2"})
    for (const char* file : {"result.json", "metrics.jsonl"})
      EXPECT_TRUE(read_file(killed / "runs" / run / file) ==
                  read_file(task / "whole" / "runs" / run / file))
          << run << " " << file;
}

TEST_F(ResumedFinetuning, SavesAndPrintsTheLineThatContinuesWhenInterrupted) {
  const Finetuning task;
  ASSERT_EQ(task.run("whole").exit_code, 0);
  const auto moment = has_checkpoint_from(task / "stopped/runs/model-seed1", 20);
  const Outcome stopped = run_until_stopped(task / "stopped", [&] {
    return task.run("stopped", {}, {.stop_when = moment, .stop_signal = SIGINT});
  });
  EXPECT_EQ(stopped.exit_code, 130);
  EXPECT_EQ(stopped.output, "");
  std::string line = "limbeck";
  for (const std::string& word : task.words("stopped", {"--resume"})) line += " " + word;
  EXPECT_EQ(stopped.error,
            "limbeck: interrupted, the state is saved; continue with: " + line + "\n");
  ASSERT_EQ(task.run("stopped", {"--resume"}).exit_code, 0);
  expect_same_model(task / "stopped", task / "whole");
}

TEST_F(ResumedFinetuning, RefusesOtherOptionsAfterTheEndToo) {
  // The old scores were once reported under the new options.
  const Finetuning task;
  ASSERT_EQ(task.run("out", {"--max-steps", "10"}).exit_code, 0);
  const std::string report = read_file(task / "out/report.json");
  const auto refusal = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"--max-steps", "10", "--resume"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = task.run("out", words);
    EXPECT_EQ(outcome.exit_code, 2);
    return outcome.error;
  };
  const std::string result = (task / "out/runs/model-seed1/result.json").string();
  EXPECT_EQ(refusal({"--learning-rate", "0.01"}),
            "limbeck: " + result +
                ": was made with learning_rate 0.001, now 0.01 (resume with the same options, or "
                "give --overwrite to start anew)\n");
  task.folder().write("train.tsv", read_file(task / "train.tsv") + "w1 w1 w1\tyes\n");
  EXPECT_THAT(refusal({}),
              testing::StartsWith("limbeck: " + result + ": was made with data_hash "));
  EXPECT_EQ(read_file(task / "out/report.json"), report);
}

TEST_F(ResumedFinetuning, TrainsNothingAgainWhenItWasFinished) {
  const Finetuning task;
  const Outcome first = task.run("out", {"--max-steps", "10"});
  ASSERT_EQ(first.exit_code, 0);
  const Outcome second = task.run("out", {"--max-steps", "10", "--resume"});
  EXPECT_EQ(second.exit_code, 0) << second.error;
  EXPECT_EQ(second.output, first.output);
}

}  // namespace
}  // namespace limbeck::test
