#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "tests/nlp/train/toy_task.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr int64_t kSteps = 48;

TrainerOptions killed_options() {
  TrainerOptions options = toy_options();
  options.max_steps = kSteps;
  options.checkpoint_every = 3;
  options.log_every = 2;
  options.optimizer.ema_decay = 0.9;
  return options;
}

/// Large enough that writing a checkpoint takes as long as its steps.
ToyTask killed_task() { return ToyTask(12000, 64); }

/// The program that is killed: this test program, started again with this test alone.
TEST(KilledRun, DISABLED_Child) {
  const char* output = std::getenv("LIMBECK_TRAIN_CHILD");
  if (output == nullptr) GTEST_SKIP() << "only for the tests that start it";
  ToyTask task = killed_task();
  task.before_loss = [&](StepContext& context) {
    std::ofstream(fs::path(output) / "running") << context.step();
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  };
  train_toy(output, killed_options(), true, task);
}

pid_t start_child(const fs::path& output) {
  ::setenv("LIMBECK_TRAIN_CHILD", output.c_str(), 1);
  const std::string filter = "--gtest_filter=KilledRun.DISABLED_Child";
  const char* arguments[] = {"train_test", "--gtest_also_run_disabled_tests", filter.c_str(),
                             nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int code = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr,
                                 const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(code, 0);
  return child;
}

bool has_half_written(const fs::path& output) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(output, ignored))
    if (entry.path().filename().string().ends_with(".new")) return true;
  return false;
}

/// The step that the child works at, -1 before the first.
int64_t running_step(const fs::path& output) {
  int64_t step = -1;
  std::ifstream(output / "running") >> step;
  return step;
}

/// Waits for the child's end, or kills it `steps` steps after its first one: at once, or when it
/// writes a checkpoint. Returns its exit status, -1 when killed. steps < 0: only waits.
int wait_or_kill(pid_t child, const fs::path& output, int64_t steps, bool while_saving,
                 RandomStream& random) {
  const auto delay = std::chrono::microseconds(random.below(4000));
  int64_t first = -1;
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child)
      return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
    const int64_t step = steps < 0 ? -1 : running_step(output);
    if (first < 0) first = step;
    if (step >= 0 && step >= first + steps && (!while_saving || has_half_written(output))) {
      std::this_thread::sleep_for(delay);
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return WIFSIGNALED(status) ? -1 : WEXITSTATUS(status);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

/// Whether rows stand in metrics.jsonl that the newest checkpoint does not know: a resumed run must
/// drop them.
bool has_rows_after_checkpoint(const fs::path& output) {
  const std::vector<int64_t> steps = [&] {
    std::vector<int64_t> found;
    for (const auto& entry : fs::directory_iterator(output))
      if (const std::string name = entry.path().filename().string();
          name.starts_with("checkpoint-"))
        found.push_back(std::stoll(name.substr(11)));
    return found;
  }();
  int64_t known = 0;
  if (!steps.empty()) {
    const int64_t newest = *std::max_element(steps.begin(), steps.end());
    const fs::path state = output / ("checkpoint-" + std::to_string(newest)) / "trainer_state.json";
    known = nlohmann::json::parse(read_file(state))["metrics_position"].get<int64_t>();
  }
  return static_cast<int64_t>(fs::file_size(output / "metrics.jsonl")) > known;
}

TEST(KilledRun, ResumesToTheSameBitsWhereverItIsKilled) {
  const ScratchDirectory whole, killed;
  RandomStream random(1, "kill");
  ASSERT_EQ(wait_or_kill(start_child(whole.path), whole.path, -1, false, random), 0);
  int kills = 0, kills_while_saving = 0, kills_with_rows_to_drop = 0;
  // Where a kill falls depends on the machine: runs are killed until both kinds were seen, and
  // start anew when one ends before that.
  const auto has_seen_all = [&] {
    return kills >= 3 && kills_while_saving >= 1 && kills_with_rows_to_drop >= 1;
  };
  for (int starts = 0;; ++starts) {
    ASSERT_LT(starts, 200) << kills << " kills, " << kills_while_saving << " while saving, "
                           << kills_with_rows_to_drop << " with rows to drop";
    fs::remove(killed.path / "running");
    const int64_t steps =
        kills >= 12 && has_seen_all() ? -1 : static_cast<int64_t>(random.below(9));
    const int status =
        wait_or_kill(start_child(killed.path), killed.path, steps, kills % 2 == 1, random);
    if (status == 0 && has_seen_all()) break;
    if (status == 0) {
      for (const auto& entry : fs::directory_iterator(killed.path)) fs::remove_all(entry.path());
      continue;
    }
    ASSERT_EQ(status, -1) << "the child failed by itself";
    ++kills;
    kills_while_saving += has_half_written(killed.path);
    kills_with_rows_to_drop += has_rows_after_checkpoint(killed.path);
  }
  const std::string last = "checkpoint-" + std::to_string(kSteps);
  for (const std::string& file :
       {last + "/model.safetensors", last + "/optimizer.safetensors", last + "/trainer_state.json",
        std::string("best/model.safetensors"), std::string("best.safetensors"),
        std::string("metrics.jsonl")})
    EXPECT_TRUE(read_file(whole.path / file) == read_file(killed.path / file))
        << file << " differs after " << kills << " kills";
  EXPECT_FALSE(has_half_written(killed.path));
}

/// A run of 12 steps with checkpoints 4, 8 and 12 (12 is the last).
struct TwoCheckpoints {
  TwoCheckpoints() {
    options.max_steps = 12;
    options.keep_last = 3;
    ToyTask task;
    train_toy(output.path, options, false, task);
    metrics = read_file(output.path / "metrics.jsonl");
    model = read_file(output.path / "checkpoint-12/model.safetensors");
  }
  void expect_same_end() const {
    EXPECT_TRUE(read_file(output.path / "metrics.jsonl") == metrics);
    EXPECT_TRUE(read_file(output.path / "checkpoint-12/model.safetensors") == model);
  }
  ScratchDirectory output;
  TrainerOptions options = toy_options();
  std::string metrics, model;
};

void flip_byte(const fs::path& file, int64_t offset) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(offset);
  const char byte = static_cast<char>(stream.get() ^ 1);
  stream.seekp(offset);
  stream.put(byte);
}

TEST(Resume, FallsBackFromADamagedCheckpointWithANotice) {
  TwoCheckpoints run;
  flip_byte(run.output.path / "checkpoint-12/model.safetensors", 5000);
  std::vector<std::string> notices;
  ToyTask task;
  train_toy(run.output.path, run.options, true, task, &notices);
  const std::string damaged = (run.output.path / "checkpoint-12").string();
  EXPECT_THAT(notices,
              ElementsAre(damaged + ": damaged, skipped (" + damaged +
                          "/model.safetensors: sha256 is not the one in trainer_state.json)"));
  run.expect_same_end();
}

TEST(Resume, IgnoresAHalfWrittenCheckpoint) {
  TwoCheckpoints run;
  fs::rename(run.output.path / "checkpoint-12", run.output.path / ".checkpoint-12.new");
  fs::remove(run.output.path / ".checkpoint-12.new/trainer_state.json");
  std::vector<std::string> notices;
  ToyTask task;
  train_toy(run.output.path, run.options, true, task, &notices);
  EXPECT_TRUE(notices.empty());
  run.expect_same_end();
}

TEST(Resume, StartsAtTheBeginningWithoutACheckpoint) {
  TwoCheckpoints run;
  remove_training_state(run.output.path);
  std::vector<std::string> notices;
  ToyTask task;
  train_toy(run.output.path, run.options, true, task, &notices);
  EXPECT_THAT(notices,
              ElementsAre(run.output.path.string() + ": no checkpoint yet, starts from step 0"));
  run.expect_same_end();
}

TEST(Resume, OfAFinishedRunChangesNothing) {
  TwoCheckpoints run;
  ToyTask task;
  task.before_loss = [](StepContext&) { FAIL() << "trains again"; };
  const TrainingResult result = train_toy(run.output.path, run.options, true, task);
  EXPECT_EQ(result.steps, 12);
  run.expect_same_end();
}

std::string resume_message(const TwoCheckpoints& run, const TrainerOptions& options) {
  try {
    ToyTask task;
    train_toy(run.output.path, options, true, task);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "(nothing thrown)";
}

TEST(Resume, RefusesOtherOptionsNamingTheFirstThatDiffers) {
  TwoCheckpoints run;
  TrainerOptions options = run.options;
  options.learning_rate = 0.02;
  options.seed = 2;
  EXPECT_EQ(
      resume_message(run, options),
      (run.output.path / "checkpoint-12").string() +
          ": was made with learning_rate 0.01, now 0.02 (resume with the same options, or give "
          "--overwrite to start anew)");
  run.expect_same_end();
}

TEST(Resume, TakesOtherCheckpointIntervals) {
  TwoCheckpoints run;
  TrainerOptions options = run.options;
  options.checkpoint_every = 1;
  options.keep_last = 1;
  EXPECT_EQ(resume_message(run, options), "(nothing thrown)");
}

TEST(Resume, RefusesAMetricsFileThatLostRows) {
  TwoCheckpoints run;
  fs::resize_file(run.output.path / "metrics.jsonl", 10);
  try {
    ToyTask task;
    train_toy(run.output.path, run.options, true, task);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()),
              (run.output.path / "metrics.jsonl").string() + ": expected at least " +
                  std::to_string(run.metrics.size()) +
                  " bytes, as the checkpoint says, got 10 (start anew with --overwrite)");
  }
}

/// Writes that pass `bytes` fail as on a full disk while the object lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(Checkpoint, WriteErrorLeavesThePreviousOneIntact) {
  TwoCheckpoints run;
  fs::remove_all(run.output.path / "checkpoint-12");
  {
    const FileSizeLimit limit(8192);  // the model needs 19 KB
    ToyTask task;
    try {
      train_toy(run.output.path, run.options, true, task);
      FAIL();
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("cannot write: File too large"));
    }
  }
  EXPECT_THAT(CheckpointStore(run.output.path, 3, {}, {}).steps(), ElementsAre(4, 8));
  EXPECT_FALSE(has_half_written(run.output.path));
  ToyTask task;
  train_toy(run.output.path, run.options, true, task);
  run.expect_same_end();
}

}  // namespace
}  // namespace limbeck::nlp
