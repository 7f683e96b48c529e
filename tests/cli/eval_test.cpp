#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;

std::string golden(const std::string& student) {
  return std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/student/" + student;
}

/// Texts with the labels that PyTorch's logits say; the first `wrong` of them get another label.
std::string labelled_by_pytorch(size_t wrong) {
  const nlohmann::json reference = read_json_file(golden("classify") + "/golden.json");
  const std::vector<std::string> names = {"negative", "neutral", "positive"};
  std::string text = "sentence\tlabel\n";
  for (size_t i = 0; i < reference["texts"].size(); ++i) {
    const auto logits = reference["logits"][i].get<std::vector<double>>();
    auto label =
        static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    if (i < wrong) label = (label + 1) % names.size();
    const std::string sentence = reference["texts"][i];
    text += (sentence.empty() ? "\"\"" : sentence) + "\t" + names[label] + "\n";
  }
  return text;
}

TEST(Eval, CountsTheAnswersThatPyTorchGives) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("dev.tsv", labelled_by_pytorch(3));
  const Outcome outcome =
      limbeck({"eval", "--model", golden("classify"), "--data", file, "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  const double count = json["examples"];
  EXPECT_EQ(json["method"], "head");
  EXPECT_NEAR(json["metrics"]["accuracy"], (count - 3) / count, 1e-12);
}

TEST(Eval, WritesWhatTheModelSaysOfEachExample) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("dev.tsv", labelled_by_pytorch(3)),
                    out = (folder / "out.jsonl").string();
  const Outcome outcome =
      limbeck({"eval", "--model", golden("classify"), "--data", file, "--predictions", out});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json reference = read_json_file(golden("classify") + "/golden.json");
  std::istringstream lines(read_file(out));
  size_t count = 0, wrong = 0;
  for (std::string text; std::getline(lines, text); ++count) {
    const nlohmann::json line = nlohmann::json::parse(text);
    const auto logits = reference["logits"][count].get<std::vector<double>>();
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit);
    wrong += line["label"] != line["predicted"];
    if (reference["texts"][count] == "") continue;  // TSV has no empty field here
    EXPECT_EQ(line["text"], reference["texts"][count]);
    EXPECT_NEAR(line["probabilities"]["neutral"], std::exp(logits[1]) / sum, 1e-5);
  }
  EXPECT_EQ(count, reference["texts"].size());
  EXPECT_EQ(wrong, 3u);
}

TEST(Eval, NeverReplacesTheDataByItsAnswers) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("dev.tsv", labelled_by_pytorch(0));
  const Outcome outcome =
      limbeck({"eval", "--model", golden("classify"), "--data", file, "--predictions", file});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error,
            "limbeck: --predictions: expected another file than --data, got '" + file + "'\n");
  EXPECT_EQ(read_file(file), labelled_by_pytorch(0));
}

TEST(Eval, ReplacesAFileOnlyWhenItIsToldTo) {
  // Any file was once replaced without a word.
  const TemporaryDirectory folder;
  const std::string file = folder.write("dev.tsv", labelled_by_pytorch(0)),
                    out = folder.write("out.jsonl", "mine");
  const std::vector<std::string> words = {
      "eval", "--model", golden("classify"), "--data", file, "--predictions", out};
  const Outcome refused = limbeck(words);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(refused.error, "limbeck: " + out + ": exists (give --overwrite to replace it)\n");
  EXPECT_EQ(read_file(out), "mine");
  std::vector<std::string> overwriting = words;
  overwriting.emplace_back("--overwrite");
  EXPECT_EQ(limbeck(overwriting).exit_code, 0);
  EXPECT_NE(read_file(out), "mine");
}

TEST(Eval, NeverReplacesTheModelOrTheFilesOfTheTask) {
  // Both were once replaced: the dev set, and the model's own configuration.
  const TemporaryDirectory folder;
  const std::string model = folder / "model", glue = folder / "glue";
  std::filesystem::copy(golden("mean"), model);
  const std::string config = model + "/config.json", before = read_file(config),
                    dev = folder.write("glue/STS-B/dev.tsv", "mine");
  for (const auto& [file, flag] : {std::pair{config, "--model"}, std::pair{dev, "--glue-dir"}}) {
    const Outcome outcome = limbeck({"eval", "--model", model, "--task", "stsb", "--glue-dir", glue,
                                     "--predictions", file, "--overwrite"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.error, std::string("limbeck: --predictions: expected a file outside of ") +
                                 flag + ", got '" + file + "'\n");
  }
  EXPECT_EQ(read_file(config), before);
  EXPECT_EQ(read_file(dev), "mine");
}

TEST(Eval, RefusesAFileThatItCannotWriteBeforeItReadsTheModel) {
  const TemporaryDirectory folder;
  const Outcome outcome = limbeck({"eval", "--model", "absent", "--data", "absent.tsv",
                                   "--predictions", (folder / "no/out.jsonl").string()});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.error, HasSubstr((folder / "no/out.jsonl").string()));
}

TEST(Eval, AnswersTheSameInEveryArithmeticOnClearCases) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("dev.tsv", labelled_by_pytorch(0));
  const Outcome outcome = limbeck({"eval", "--model", golden("classify"), "--data", file, "--dtype",
                                   "bfloat16", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_GE(nlohmann::json::parse(outcome.output)["metrics"]["accuracy"], 0.9);
}

TEST(Eval, FailsBelowAThreshold) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("dev.tsv", labelled_by_pytorch(3));
  const Outcome outcome = limbeck(
      {"eval", "--model", golden("classify"), "--data", file, "--threshold", "accuracy=0.99"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("accuracy"));
  EXPECT_THAT(outcome.error, HasSubstr("is below 0.9900"));
}

TEST(Eval, ScoresAnEncoderByCosine) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("pairs.tsv",
                                        "sentence1\tsentence2\tscore\nthe cat\tthe cat\t5\n"
                                        "the cat\ta man sings\t1\nthe film\tthe dull film\t3\n");
  const Outcome outcome = limbeck(
      {"eval", "--model", small_student(), "--task", "stsb", "--data", file, "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(nlohmann::json::parse(outcome.output)["method"], "cosine");
  const Outcome pairs =
      limbeck({"eval", "--model", small_student(), "--data", file, "--format", "json"});
  ASSERT_EQ(pairs.exit_code, 0) << pairs.error;
  EXPECT_EQ(nlohmann::json::parse(pairs.output)["metrics"]["spearman"],
            nlohmann::json::parse(outcome.output)["metrics"]["spearman"]);
}

TEST(Eval, NamesALabelThatTheModelDoesNotKnow) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("dev.tsv", "sentence\tlabel\ngood\tpositive\nbad\tawful\n");
  const Outcome outcome = limbeck({"eval", "--model", golden("classify"), "--data", file});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + file +
                               ":3:2: label 'awful' is not one of: negative, neutral, positive\n");
  EXPECT_EQ(outcome.output, "");
}

TEST(Eval, SaysThatAModelHasNoHead) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("dev.tsv", "sentence\tlabel\ngood\t1\n");
  const Outcome outcome =
      limbeck({"eval", "--model", small_student(), "--task", "sst2", "--data", file});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + small_student() +
                               ": the model has no task head (make one with `limbeck finetune`)\n");
}

TEST(Eval, RefusesAThresholdWithoutANumber) {
  const Outcome outcome = limbeck(
      {"eval", "--model", golden("classify"), "--data", "x", "--threshold", "accuracy=high"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error,
            "limbeck: --threshold: expected METRIC=VALUE such as accuracy=0.85, got "
            "'accuracy=high'\n");
}

TEST(Eval, RefusesAThresholdOfAnotherMetricBeforeAnyWork) {
  // The scores were once computed and printed first.
  const Outcome outcome = limbeck({"eval", "--model", small_student(), "--task", "stsb", "--data",
                                   "absent.tsv", "--threshold", "acuracy=0.1"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error,
            "limbeck: --threshold: metric 'acuracy' is not one of: spearman, pearson\n");
  EXPECT_EQ(outcome.output, "");
}

TEST(Eval, RefusesPairsWithoutScores) {
  // They once counted as score 0, and a Spearman of 0 was printed with exit code 0.
  const TemporaryDirectory folder;
  const std::string file = folder.write("pairs.tsv", "sentence1\tsentence2\nthe cat\ta cat\n");
  const Outcome outcome =
      limbeck({"eval", "--model", small_student(), "--task", "stsb", "--data", file});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + file + ":1: expected a column named 'score'\n");
  EXPECT_EQ(outcome.output, "");
}

std::string sentiment() { return std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/sentiment/tiny"; }

/// Texts of the classifier of transformers with the answers that it gave, by name or by number.
std::string labelled_by_transformers(const std::vector<std::string>& names) {
  const nlohmann::json reference =
      read_json_file(std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/sentiment/expected.json");
  std::string text = "sentence\tlabel\n";
  for (const nlohmann::json& example : reference["cases"]) {
    if (example["text"] == "") continue;  // TSV has no empty field here
    const auto logits = example["logits"].get<std::vector<double>>();
    text += example["text"].get<std::string>() + "\t" +
            names[static_cast<size_t>(std::ranges::max_element(logits) - logits.begin())] + "\n";
  }
  return text;
}

TEST(Eval, ScoresAClassifierOfTransformersOnItsOwnLabels) {
  // It was once told that it had no head.
  const TemporaryDirectory folder;
  for (const auto& names : {std::vector<std::string>{"NEGATIVE", "neutral", "Positive"},
                            std::vector<std::string>{"0", "1", "2"}}) {
    const std::string file = folder.write("dev.tsv", labelled_by_transformers(names));
    const Outcome outcome =
        limbeck({"eval", "--model", sentiment(), "--data", file, "--format", "json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    const nlohmann::json json = nlohmann::json::parse(outcome.output);
    EXPECT_EQ(json["method"], "head");
    EXPECT_EQ(json["examples"], 5);
    EXPECT_EQ(json["metrics"]["accuracy"], 1.0);
  }
  const std::string wrong = folder.write("wrong.tsv", "sentence\tlabel\ngood\t3\n");
  const Outcome refused = limbeck({"eval", "--model", sentiment(), "--data", wrong});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_EQ(refused.error,
            "limbeck: " + wrong + ":2:2: label '3' is not one of: NEGATIVE, neutral, Positive\n");
  const std::string pairs =
      folder.write("pairs.tsv", "sentence1\tsentence2\tlabel\ngood\tbad film\t0\nsad\tgood\t2\n");
  EXPECT_EQ(limbeck({"eval", "--model", sentiment(), "--data", pairs}).exit_code, 0);
}

TEST(Eval, SaysWhichModelsItKnowsBeforeItReadsTheData) {
  // A GPT-2 was once told to name a task, as a wrong usage.
  const TemporaryDirectory folder;
  folder.write("gpt2/config.json", R"({"model_type": "gpt2"})");
  const Outcome outcome = limbeck({"eval", "--model", folder / "gpt2", "--data", "absent.tsv"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + (folder / "gpt2").string() +
                               "/config.json: model_type 'gpt2' is not supported here; known: "
                               "bert, limbeck_bilstm\n");
}

TEST(Eval, ReadsAPipe) {
  // It was once opened twice, and "an empty file" the second time.
  const std::string data = labelled_by_pytorch(0);
  const Outcome outcome =
      limbeck({"eval", "--model", golden("classify"), "--data", "/dev/stdin", "--format", "json"},
              {.input = data});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(nlohmann::json::parse(outcome.output)["metrics"]["accuracy"], 1.0);
}

TEST(Eval, RefusesATaskThatThereIsNot) {
  const Outcome outcome = limbeck({"eval", "--model", small_student(), "--task", "sst3"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error,
            "limbeck: task 'sst3' is not one of: cola, sst2, mrpc, stsb, qqp, mnli, qnli, "
            "rte, wnli, snippets\n");
}

}  // namespace
}  // namespace limbeck::test
