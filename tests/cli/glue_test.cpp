#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nlp/core/atomic_file.h"
#include "tests/cli/distillation.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kGood = {"the film is good", "a bright film", "very good",
                                        "a good man sings"};
const std::vector<std::string> kBad = {"a dull movie", "the play was bad", "not good",
                                       "bad , very dull"};

/// In words of the tiny teacher: w1 and w2 tell the classes apart.
std::string sst2(int rows) {
  std::string table = "sentence\tlabel\n";
  for (int i = 0; i < rows; ++i)
    table += (i % 2 ? "w1 w" : "w2 w") + std::to_string(3 + i % 20) + " \t" +
             std::to_string(i % 2) + "\n";
  return table;
}

/// The first sentence, and either itself with a full stop or one that contradicts it.
std::string second_of(size_t at, bool is_alike) {
  return is_alike ? kGood[at] + " ." : kBad[(at + 1) % 4];
}

std::string mrpc(int rows) {
  std::string table = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";
  for (int i = 0; i < rows; ++i) {
    const size_t at = static_cast<size_t>(i / 3) % 4;
    const bool is_alike = i % 3 != 0;
    table += std::string(is_alike ? "1" : "0") + "\t" + std::to_string(i) + "\t" +
             std::to_string(1000 + i) + "\t" + kGood[at] + "\t" + second_of(at, is_alike) + "\n";
  }
  return table;
}

std::string stsb(int rows) {
  std::string table =
      "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n";
  for (int i = 0; i < rows; ++i) {
    const size_t at = static_cast<size_t>(i / 2) % 4;
    const std::string score = (i % 2 ? "4." : "0.") + std::to_string(100 + i * 7 % 100);
    table += std::to_string(i) + "\tmain-captions\tMSRvid\t2012test\t0001\tnone\tnone\t" +
             kGood[at] + "\t" + second_of(at, i % 2 != 0) + "\t" + score + "\n";
  }
  return table;
}

/// A GLUE folder of three tasks in the official layouts; the pairs are in words of the golden
/// student.
class GlueFolder : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
    folder_.write("glue/SST-2/train.tsv", sst2(48));
    folder_.write("glue/SST-2/dev.tsv", sst2(14));
    folder_.write("glue/MRPC/train.tsv", mrpc(48));
    folder_.write("glue/MRPC/dev.tsv", mrpc(15));
    folder_.write("glue/STS-B/train.tsv", stsb(48));
    folder_.write("glue/STS-B/dev.tsv", stsb(18));
  }
  Outcome finetune(const std::string& model, const std::string& task, const std::string& output,
                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"finetune",
                                      "--model",
                                      model,
                                      "--task",
                                      task,
                                      "--glue-dir",
                                      folder_ / "glue",
                                      "--output",
                                      output,
                                      "--epochs",
                                      "12",
                                      "--batch-size",
                                      "4",
                                      "--learning-rate",
                                      "0.01",
                                      "--threads",
                                      "2",
                                      "--progress",
                                      "never"};
    words.insert(words.end(), more.begin(), more.end());
    return limbeck(words);
  }
  /// Fine-tunes and gives the metrics of the evaluation that was kept; those that eval gives for
  /// the model are held against them.
  nlohmann::json scores(const std::string& model, const std::string& task) const {
    const fs::path output = folder_ / task;
    const Outcome tuned = finetune(model, task, output, {"--format", "json"});
    EXPECT_EQ(tuned.exit_code, 0) << tuned.error;
    const nlohmann::json kept = nlohmann::json::parse(tuned.output)["runs"][0]["best"];
    const Outcome scored =
        limbeck({"eval", "--model", output, "--glue-dir", folder_ / "glue", "--format", "json"});
    EXPECT_EQ(scored.exit_code, 0) << scored.error;
    const nlohmann::json evaluated = nlohmann::json::parse(scored.output);
    EXPECT_EQ(evaluated["task"], task);
    EXPECT_EQ(evaluated["method"], "head");
    EXPECT_EQ(evaluated["metrics"].size() + 1, kept.size()) << "all but dev_loss";
    for (const auto& [name, value] : evaluated["metrics"].items())
      EXPECT_NEAR(value, kept.value(name, -2.0), 1e-5) << name;  // of LibTorch and of our kernels
    return kept;
  }

  const TemporaryDirectory folder_;
};

TEST_F(GlueFolder, AStudentLearnsPairsOfMrpc) {
  const nlohmann::json kept = scores(small_student(), "mrpc");
  EXPECT_EQ(kept.value("f1", 0.0), 1.0);
  EXPECT_EQ(kept.value("accuracy", 0.0), 1.0);
}

TEST_F(GlueFolder, AStudentLearnsTheScoresOfStsb) {
  const nlohmann::json kept = scores(small_student(), "stsb");
  EXPECT_GE(kept.value("pearson", 0.0), 0.95);   // 0.1 of 4 points are noise
  EXPECT_GE(kept.value("spearman", 0.0), 0.75);  // and half of the ranks
}

TEST_F(GlueFolder, ATeacherLearnsTheSentencesOfSst2) {
  EXPECT_EQ(scores(tiny_teacher(), "sst2").value("accuracy", 0.0), 1.0);
}

TEST_F(GlueFolder, TheScoreIsPrintedAndInTheReport) {
  const std::string output = folder_ / "out";
  const Outcome outcome = finetune(small_student(), "mrpc", output);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(outcome.output, "model            f1 1.0000\nmodel:  " + output +
                                "\nreport: " + output + "/report.html\n");
  EXPECT_THAT(read_file(output + "/report.html"), testing::HasSubstr("Fine-tuning on mrpc"));
}

TEST_F(GlueFolder, TheModelCardOfScoresSaysSoWhateverIsWatched) {
  const std::string output = folder_ / "out";
  const Outcome outcome =
      finetune(small_student(), "stsb", output, {"--monitor", "dev_loss", "--overwrite"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(read_file(output + "/README.md"),
              testing::HasSubstr("pipeline_tag: \"sentence-similarity\"\n"));
}

TEST_F(GlueFolder, IsNeverWrittenOver) {
  // --overwrite once emptied a folder that it was to read.
  const std::string dev = read_file(folder_ / "glue/MRPC/dev.tsv");
  for (const char* output : {"glue", "glue/MRPC"}) {
    const Outcome outcome = finetune(small_student(), "mrpc", folder_ / output, {"--overwrite"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.error, "limbeck: --output: " + (folder_ / output).string() + " holds " +
                                 (folder_ / "glue/MRPC").string() +
                                 ", which is read (give another directory)\n");
  }
  EXPECT_EQ(read_file(folder_ / "glue/MRPC/dev.tsv"), dev);
}

TEST_F(GlueFolder, ThatIsNotThereIsNamed) {
  fs::remove_all(folder_ / "glue/MRPC");
  const Outcome outcome = finetune(small_student(), "mrpc", folder_ / "out");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + (folder_ / "glue/MRPC/train.tsv").string() +
                               ": missing (expected the official GLUE files in --glue-dir)\n");
}

}  // namespace
}  // namespace limbeck::test
