#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "tests/cli/distillation.h"
#include "tests/cli/finetuning.h"
#include "tests/report_page/browser.h"
#include "tests/report_page/page_check.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

class Finetune : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  }
  void expect_refused(const std::vector<std::string>& more, int exit_code,
                      const std::string& message) {
    const Outcome outcome = task_.run("out", more);
    EXPECT_EQ(outcome.exit_code, exit_code);
    EXPECT_EQ(outcome.error, "limbeck: " + message + "\n");
    EXPECT_EQ(outcome.output, "");
    EXPECT_FALSE(fs::exists(task_ / "out"));
  }

  Finetuning task_;
};

TEST_F(Finetune, OfAStudentPrintsItsControlBesideIt) {
  task_.take_student();
  const Outcome outcome = task_.run("out", {"--control", "--repeats", "2", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  ASSERT_EQ(json["variants"].size(), 2u);
  EXPECT_EQ(json["variants"][0]["variant"], "model");
  EXPECT_EQ(json["variants"][1]["variant"], "control");
  EXPECT_EQ(json["variants"][0]["runs"], 2);
  EXPECT_EQ(json["variants"][0]["mean"], 1.0);  // two words tell the classes apart
  EXPECT_EQ(json["runs"].size(), 4u);
  for (const char* file : {"model.safetensors", "control/model.safetensors", "report.html",
                           "report.json", "README.md", "run.json", "metrics.jsonl"})
    EXPECT_TRUE(fs::exists(task_ / ("out/" + std::string(file)))) << file;
}

TEST_F(Finetune, OfAStudentWithoutAControlSaysSoInItsReport) {
  task_.take_student();
  const Outcome outcome = task_.run("out", {"--max-steps", "5"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(read_file(task_ / "out/report.html"),
              testing::HasSubstr("not trained: give --control"));
}

TEST_F(Finetune, ScoresAreThoseThatEvalGives) {
  // A head with a hidden layer on a teacher could once not be read by eval.
  for (const char* width : {"0", "8"}) {
    const std::string output = std::string("head") + width;
    const Outcome outcome =
        task_.run(output, {"--head-width", width, "--max-steps", "30", "--format", "json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    const Outcome scored = limbeck(
        {"eval", "--model", task_ / output, "--data", task_ / "dev.tsv", "--format", "json"});
    ASSERT_EQ(scored.exit_code, 0) << scored.error;
    EXPECT_EQ(nlohmann::json::parse(scored.output)["metrics"]["accuracy"],
              nlohmann::json::parse(outcome.output)["runs"][0]["best"]["accuracy"]);
  }
}

TEST_F(Finetune, SavesTheLengthThatItTrainedWith) {
  task_.take_student();
  ASSERT_EQ(task_.run("out", {"--max-length", "4", "--max-steps", "5"}).exit_code, 0);
  EXPECT_EQ(read_json_file(task_ / "out/config.json")["max_length"], 4);
}

TEST_F(Finetune, DrawsAPageWithoutFault) {
  const auto chromium = page_check::find_chromium();
  if (!chromium) GTEST_SKIP() << "no Chromium here (apt-get install chromium)";
  task_.take_student();
  ASSERT_EQ(task_.run("out", {"--control"}).exit_code, 0);
  page_check::Browser browser(*chromium);
  EXPECT_THAT(page_check::check_page(browser, task_ / "out/report.html"), testing::IsEmpty());
}

TEST_F(Finetune, RefusesAControlOfATeacher) {
  expect_refused({"--control"}, 2,
                 "--control: expected a student as --model, got a BERT (a control is a student "
                 "without distillation)");
}

TEST_F(Finetune, RefusesAControlThatIsNotThere) {
  task_.take_student();
  expect_refused({"--control-initial"}, 3,
                 small_student() +
                     "/control: no student before distillation (--control-initial needs one that "
                     "`limbeck distill` wrote)");
}

TEST_F(Finetune, RefusesAMonitorThatThereIsNot) {
  expect_refused({"--monitor", "acuracy"}, 2,
                 "--monitor: expected one of accuracy, f1, mcc, dev_loss, got 'acuracy'");
}

TEST_F(Finetune, KeepsTheLowestLossWhenItMonitorsIt) {
  // Greater was once taken as better, so the worst model was kept.
  const Outcome outcome = task_.run("out", {"--monitor", "dev_loss", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json run = nlohmann::json::parse(outcome.output)["runs"][0];
  EXPECT_LE(run["best"]["dev_loss"], run["last"]["dev_loss"]);
}

TEST_F(Finetune, StopsEarlyByTheMetricOfTheTask) {
  const Outcome outcome = task_.run("out", {"--patience", "2"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  std::istringstream rows(read_file(task_ / "out/metrics.jsonl"));
  int64_t evaluations = 0, last = 0;
  for (std::string line; std::getline(rows, line);) {
    const nlohmann::json row = nlohmann::json::parse(line);
    if (row["event"] == "eval") ++evaluations, last = row["step"];
  }
  EXPECT_GE(evaluations, 3);
  EXPECT_LT(last, 12 * 15);
}

TEST_F(Finetune, ThatDivergesHasNoResult) {
  // It was once an internal error, with a file of details for the maintainers.
  const Outcome outcome = task_.run("out", {"--learning-rate", "1e30", "--clip-norm", "0"});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.error, testing::ContainsRegex(
                                 "limbeck: training diverged: the .* at step [0-9]+ is "
                                 "(nan|infinite) \\(start anew with a lower learning_rate, .*\n$"));
  EXPECT_EQ(outcome.output, "");
}

TEST_F(Finetune, RefusesSizesAndRatesThatCannotBe) {
  expect_refused({"--head-width", "1000000000000"}, 2,
                 "--head-width: expected 0 to 65536, got 1000000000000");
  expect_refused({"--encoder-rate", "inf"}, 2,
                 "--encoder-rate: expected a finite number, got 'inf'");
  expect_refused({"--bucket-batches", "9223372036854775807"}, 2,
                 "bucket_batches: expected at most 1000000000, got 9223372036854775807");
}

TEST_F(Finetune, LearnsFromAPipe) {
  // "No such file", as its name leads to no place; then read twice, and empty.
  const std::string table = read_file(task_ / "train.tsv");
  std::vector<std::string> words = task_.words("out", {"--max-steps", "4", "--format", "json"});
  *(std::ranges::find(words, "--train") + 1) = "/dev/stdin";
  const Outcome piped = limbeck(words, {.input = table});
  ASSERT_EQ(piped.exit_code, 0) << piped.error;
  const Outcome read = task_.run("read", {"--max-steps", "4", "--format", "json"});
  EXPECT_EQ(nlohmann::json::parse(piped.output)["runs"],
            nlohmann::json::parse(read.output)["runs"]);
}

TEST_F(Finetune, NamesTheLabelThatTheTrainingFileLacks) {
  task_.folder().write("dev.tsv", "sentence\tlabel\nw1 w2\tyes\nw3\tmaybe\n");
  expect_refused({}, 3,
                 (task_ / "dev.tsv").string() + ":3:2: label 'maybe' is not one of: no, yes");
}

TEST_F(Finetune, NeverWritesOverWhatItReads) {
  const fs::path model = task_ / "model";
  fs::copy(tiny_teacher(), model);
  task_.model = model;
  const std::string weights = read_file(model / "model.safetensors");
  for (const char* mode : {"--overwrite", "--resume"}) {
    const Outcome outcome = task_.run("model", {mode});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.error, "limbeck: --output: " + model.string() + " holds " + model.string() +
                                 ", which is read (give another directory)\n");
  }
  EXPECT_EQ(read_file(model / "model.safetensors"), weights);
}

TEST_F(Finetune, ResumesNothingButItsOwnRuns) {
  const std::string kept = task_.folder().write("out/mine.txt", "mine");
  const Outcome outcome = task_.run("out", {"--resume"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error,
            "limbeck: " + (task_ / "out").string() +
                ": --resume: expected a run of limbeck finetune, found no run.json (give another "
                "--output, or --overwrite to replace what is there)\n");
  EXPECT_EQ(read_file(kept), "mine");
  EXPECT_FALSE(fs::exists(task_ / "out/run.json"));
}

TEST_F(Finetune, KeepsTheOldOutputWhenTheModelIsNotWhole) {
  const std::string kept = task_.folder().write("out/mine.txt", "mine");
  const fs::path half = task_ / "half";
  fs::copy(tiny_teacher(), half);
  fs::resize_file(half / "model.safetensors", 50'000);
  task_.model = half;
  EXPECT_EQ(task_.run("out", {"--overwrite"}).exit_code, 3);
  EXPECT_EQ(read_file(kept), "mine");
}

TEST_F(Finetune, LeavesNoModelOnAFullDisk) {
  const Outcome outcome = task_.run("out", {"--max-steps", "10"}, {.largest_file = 20'000});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.error,
              testing::MatchesRegex("limbeck: .*out/runs/model-seed1/.*: cannot write: File too "
                                    "large \\(make room; .*\\)\n"));
  EXPECT_FALSE(fs::exists(task_ / "out/model.safetensors"));
}

TEST_F(Finetune, RefusesAnOutputThatIsNotEmpty) {
  const std::string kept = task_.folder().write("out/mine.txt", "mine");
  const Outcome outcome = task_.run("out");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error,
            "limbeck: " + (task_ / "out").string() +
                ": not empty (give --overwrite to replace it or --resume to continue)\n");
  EXPECT_EQ(read_file(kept), "mine");
}

}  // namespace
}  // namespace limbeck::test
