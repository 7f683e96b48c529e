#include <gtest/gtest.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "tests/cli/distillation.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

/// A labelled TSV of the tiny teacher's words.
std::string labelled(int count, unsigned seed) {
  std::string table = "sentence\tlabel\n";
  const std::string text = tiny_text(count, seed);
  for (size_t begin = 0, row = 0; begin < text.size(); ++row) {
    const size_t end = text.find('\n', begin);
    table += text.substr(begin, end - begin) + (row % 2 == 0 ? "\tyes\n" : "\tno\n");
    begin = end + 1;
  }
  return table;
}

/// Fine-tunes the tiny teacher for 180 steps into `output` of the folder.
class Finetuning {
 public:
  Finetuning() {
    folder_.write("train.tsv", labelled(60, 1));
    folder_.write("dev.tsv", labelled(20, 2));
  }
  Outcome run(const std::string& output, bool resumes, const SpawnOptions& options = {}) const {
    std::vector<std::string> words = {"finetune",
                                      "--model",
                                      tiny_teacher(),
                                      "--train",
                                      folder_ / "train.tsv",
                                      "--dev",
                                      folder_ / "dev.tsv",
                                      "--output",
                                      folder_ / output,
                                      "--epochs",
                                      "12",
                                      "--batch-size",
                                      "4",
                                      "--checkpoint-every",
                                      "5",
                                      "--log-every",
                                      "3",
                                      "--eval-every",
                                      "7",
                                      "--threads",
                                      "2",
                                      "--progress",
                                      "never"};
    if (resumes) words.emplace_back("--resume");
    return limbeck(words, options);
  }
  fs::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  TemporaryDirectory folder_;
};

TEST(ResumedFinetuning, EndsWithTheSameBitsWhereverItIsKilled) {
  if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  const Finetuning task;
  ASSERT_EQ(task.run("whole", false).exit_code, 0);
  bool resumes = false;
  for (const char* step : {"20", "60", "120"}) {
    const fs::path checkpoint = task / (std::string("killed/runs/model-seed1/checkpoint-") + step);
    const Outcome outcome =
        task.run("killed", resumes, {.stop_when = [&] { return fs::exists(checkpoint); }});
    ASSERT_TRUE(outcome.was_stopped) << outcome.error;
    ASSERT_EQ(outcome.exit_code, 128 + SIGKILL) << outcome.error;
    resumes = true;
  }
  EXPECT_TRUE(read_json_file(task / "killed/run.json")["ended"].is_null());
  const Outcome last = task.run("killed", true);
  ASSERT_EQ(last.exit_code, 0) << last.error;
  EXPECT_TRUE(read_json_file(task / "killed/run.json")["ended"].is_string());
  for (const char* file : {"model.safetensors", "metrics.jsonl", "config.json"})
    EXPECT_TRUE(read_file(task / (std::string("killed/") + file)) ==
                read_file(task / (std::string("whole/") + file)))
        << file;
}

}  // namespace
}  // namespace limbeck::test
