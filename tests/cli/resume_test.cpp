#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "nlp/core/atomic_file.h"
#include "tests/cli/distillation.h"
#include "tests/cli/stopped_run.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

class ResumedDistillation : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  }
};

/// Reports name the folder of the run; without it those of equal runs are equal.
std::map<std::string, std::string> comparable(const Distillation& run) {
  const std::regex folder(run.folder().path().string());
  std::map<std::string, std::string> files = run.files();
  for (auto& [name, content] : files)
    if (!name.ends_with(".safetensors")) content = std::regex_replace(content, folder, "FOLDER");
  return files;
}

void expect_same_files(const Distillation& got, const Distillation& want) {
  const auto got_files = comparable(got), want_files = comparable(want);
  for (const auto& [name, content] : want_files) {
    ASSERT_TRUE(got_files.contains(name)) << name << " is missing";
    EXPECT_TRUE(got_files.at(name) == content) << name << " differs";
  }
  EXPECT_EQ(got_files.size(), want_files.size());
  EXPECT_THAT(got.half_written(), IsEmpty());
}

std::function<bool()> there_is(const Distillation& run, const std::string& name) {
  return [path = fs::path(run.output()) / name] { return fs::exists(path); };
}

/// A checkpoint is being written, and the learning curve has at least `bytes`.
std::function<bool()> saves_after(const Distillation& run, uintmax_t bytes) {
  return [output = fs::path(run.output()), bytes] {
    std::error_code ignored;
    if (const auto size = fs::file_size(output / "metrics.jsonl", ignored); ignored || size < bytes)
      return false;
    for (const auto& entry : fs::directory_iterator(output, ignored))
      if (entry.path().filename().string().starts_with(".checkpoint-")) return true;
    return false;
  };
}

TEST_F(ResumedDistillation, EndsWithTheSameBitsWhereverItIsKilled) {
  const Distillation whole, killed;
  ASSERT_EQ(whole.run().exit_code, 0);
  const std::vector<std::function<bool()>> moments = {there_is(killed, "run.json"),
                                                      has_checkpoint_from(killed.output(), 5),
                                                      saves_after(killed, 3000),
                                                      has_checkpoint_from(killed.output(), 90),
                                                      there_is(killed, "model.safetensors"),
                                                      there_is(killed, "report.json")};
  const auto is_trained = has_checkpoint_from(killed.output(), 138);
  for (size_t i = 0; i < moments.size(); ++i) {
    const Outcome outcome = run_until_stopped(
        killed.output(),
        [&] {
          return killed.run(
              i == 0 ? std::vector<std::string>{} : std::vector<std::string>{"--resume"},
              {.stop_when = moments[i]});
        },
        i < 4 ? is_trained : nullptr);
    ASSERT_EQ(outcome.exit_code, 128 + SIGKILL) << "moment " << i << ": " << outcome.error;
  }
  const Outcome last = killed.run({"--resume"});
  ASSERT_EQ(last.exit_code, 0) << last.error;
  expect_same_files(killed, whole);
}

TEST_F(ResumedDistillation, SavesAndPrintsTheLineThatContinuesWhenInterrupted) {
  const Distillation whole;
  ASSERT_EQ(whole.run().exit_code, 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    const Distillation run;
    const Outcome stopped = run_until_stopped(run.output(), [&] {
      return run.run({"--progress", "never"},
                     {.stop_when = has_checkpoint_from(run.output(), 20), .stop_signal = signal});
    });
    EXPECT_EQ(stopped.exit_code, 128 + signal);
    EXPECT_EQ(stopped.output, "");
    std::string line;
    for (const std::string& word : run.words({"--progress", "never", "--resume"}))
      line += " " + word;
    EXPECT_EQ(stopped.error,
              "limbeck: interrupted, the state is saved; continue with: limbeck" + line + "\n");
    EXPECT_THAT(run.half_written(), IsEmpty());
    EXPECT_FALSE(fs::exists(run.output() + "/README.md"));
    const Outcome resumed = run.run({"--resume"});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.error;
    expect_same_files(run, whole);
  }
}

TEST_F(ResumedDistillation, ContinuesAfterAnInterruptionBeforeTheFirstStep) {
  const Distillation run;
  const Outcome stopped = run_until_stopped(run.output(), [&] {
    return run.run({"--progress", "never"},
                   {.stop_when = there_is(run, "run.json"), .stop_signal = SIGINT});
  });
  EXPECT_EQ(stopped.exit_code, 130);
  EXPECT_THAT(stopped.error, testing::EndsWith(" --progress never --resume\n"));
  EXPECT_EQ(run.run({"--progress", "never", "--resume"}).exit_code, 0);
}

TEST_F(ResumedDistillation, ThatWasFinishedSaysSoAndStaysAsItIs) {
  const Distillation run;
  const Outcome first = run.run();
  ASSERT_EQ(first.exit_code, 0) << first.error;
  const auto before = run.files();
  const std::string record = read_file(run.output() + "/run.json");
  const std::string events = read_file(run.output() + "/events.out.tfevents.limbeck");
  const Outcome second = run.run({"--resume", "--progress", "never"});
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_EQ(second.error,
            "limbeck: " + run.output() + ": finished already, at step 138; nothing is changed\n");
  EXPECT_EQ(second.output, first.output);
  EXPECT_TRUE(run.files() == before);
  EXPECT_EQ(read_file(run.output() + "/run.json"), record);
  EXPECT_EQ(read_file(run.output() + "/events.out.tfevents.limbeck"), events);
}

/// What a run says that is resumed with `more`, which it must refuse without a change.
void expect_refused(const Distillation& run, const std::vector<std::string>& more,
                    const std::string& difference) {
  const auto before = run.files();
  std::vector<std::string> options = {"--resume", "--progress", "never"};
  options.insert(options.end(), more.begin(), more.end());
  const Outcome outcome = run.run(options);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error,
            "limbeck: " + run.output() + "/checkpoint-138: was made with " + difference +
                " (resume with the same options, or give --overwrite to start anew)\n");
  EXPECT_TRUE(run.files() == before);
}

TEST_F(ResumedDistillation, RefusesOtherOptionsNamingTheFirst) {
  const Distillation run;
  ASSERT_EQ(run.run().exit_code, 0);
  expect_refused(run, {"--learning-rate", "0.002"}, "learning_rate 0.001, now 0.002");
  expect_refused(run, {"--loss", "mse", "--seed", "2"}, R"(loss "cosine", now "mse")");
  expect_refused(run, {"--layers", "1"}, "layers [], now [1]");
}

TEST_F(ResumedDistillation, RefusesOtherText) {
  const Distillation run;
  ASSERT_EQ(run.run().exit_code, 0);
  run.folder().write("text.txt", tiny_text(200, 2));
  const Outcome outcome = run.run({"--resume", "--progress", "never"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_TRUE(std::regex_match(
      outcome.error,
      std::regex("limbeck: .*/student/checkpoint-138: was made with corpus_hash \"[0-9a-f]{64}\", "
                 "now \"[0-9a-f]{64}\" \\(resume with the same options, or give --overwrite to "
                 "start anew\\)\n")))
      << outcome.error;
}

TEST_F(ResumedDistillation, RefusesAnotherArchitecture) {
  const Distillation run;
  ASSERT_EQ(run.run().exit_code, 0);
  // The same weights with another pooling were once taken for the same student.
  run.folder().write("student.json",
                     R"({"embedding_width": 16, "hidden_width": 16, "pooling": "max"})");
  expect_refused(run, {}, R"(student.pooling "mean", now "max")");
  run.folder().write("student.json", R"({"embedding_width": 16, "hidden_width": 24})");
  expect_refused(run, {}, "student.hidden_width 16, now 24");
}

TEST_F(ResumedDistillation, KeepsItsCheckpointsOnAFullDisk) {
  const Distillation whole, full;
  ASSERT_EQ(whole.run().exit_code, 0);
  const Outcome killed = run_until_stopped(
      full.output(),
      [&] { return full.run({}, {.stop_when = has_checkpoint_from(full.output(), 15)}); },
      has_checkpoint_from(full.output(), 138));
  ASSERT_EQ(killed.exit_code, 128 + SIGKILL);
  const std::string kept = newest_checkpoint(full.output());
  const Outcome outcome = full.run({"--resume", "--progress", "never"}, {.largest_file = 40'000});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_TRUE(std::regex_match(
      outcome.error,
      std::regex("limbeck: .*/\\.checkpoint-[0-9]+\\.new/optimizer\\.safetensors: "
                 "cannot write: File too large \\(make room; --resume goes on with a "
                 "run that has begun\\)\n")))
      << outcome.error;
  EXPECT_THAT(full.half_written(), IsEmpty());
  EXPECT_TRUE(fs::exists(full.output() + "/" + kept + "/trainer_state.json"));
  ASSERT_EQ(full.run({"--resume"}).exit_code, 0);
  expect_same_files(full, whole);
}

}  // namespace
}  // namespace limbeck::test
