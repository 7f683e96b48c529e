#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "tests/cli/distillation.h"
#include "tests/cli/language_training.h"
#include "tests/cli/stopped_run.h"
#include "tests/report_page/browser.h"
#include "tests/report_page/page_check.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

class TrainLm : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  }
  LanguageTraining task_;
};

void expect_same_model(const fs::path& got, const fs::path& want) {
  for (const char* file : {"model.safetensors", "metrics.jsonl", "config.json", "spm.model"})
    EXPECT_TRUE(read_file(got / file) == read_file(want / file)) << file;
}

TEST_F(TrainLm, WritesAModelThatTheOtherCommandsRead) {
  const Outcome outcome = limbeck(task_.train_words("lm", {"--format", "json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(outcome.error, "");
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  EXPECT_LT(json["validation_perplexity"].get<double>(), 30);  // 300 for a model that knows nothing
  for (const char* file : {"model.safetensors", "config.json", "spm.model", "README.md", "run.json",
                           "report.json", "report.html", "metrics.jsonl"})
    EXPECT_TRUE(fs::exists(task_ / ("lm/" + std::string(file)))) << file;
  const std::string model = task_ / "lm";
  const Outcome generated = limbeck({"generate", "--model", model, "--prompt", "on the roads",
                                     "--max-tokens", "8", "--temperature", "0"});
  EXPECT_EQ(generated.exit_code, 0) << generated.error;
  EXPECT_THAT(generated.output, testing::StartsWith("on the roads"));
  const Outcome inspected = limbeck({"tokenize", "--model", model, "--input", task_ / "text.txt"});
  EXPECT_EQ(inspected.exit_code, 0) << inspected.error;
}

TEST_F(TrainLm, ItsPerplexityIsThatOfTheCommand) {
  task_.folder().write("apart.txt", "on the roads of Rome people sing\nat home we read and rest\n");
  for (const char* family : {"llama", "gpt2"}) {
    const Outcome outcome = limbeck(task_.train_words(
        family, {"--held-out", task_ / "apart.txt", "--architecture", family, "--format", "json"}));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    const nlohmann::json json = nlohmann::json::parse(outcome.output);
    EXPECT_THAT(json["model"].get<std::string>(), testing::StartsWith(family));
    const Outcome scored = limbeck({"perplexity", "--model", task_ / family, "--text",
                                    task_ / "apart.txt", "--context", "16", "--dtype", "float32",
                                    "--format", "json", "--progress", "never"});
    ASSERT_EQ(scored.exit_code, 0) << scored.error;
    const double want = json["validation_perplexity"];
    EXPECT_LT(want, 30) << family;
    EXPECT_NEAR(nlohmann::json::parse(scored.output)["perplexity"].get<double>(), want,
                1e-4 * want);
  }
}

// audit once scored the text as one piece, without the tokens that begin it and end its lines.
TEST_F(TrainLm, AuditAndPerplexityAgreeOnASentencePieceModel) {
  ASSERT_EQ(limbeck(task_.train_words("lm")).exit_code, 0);
  const std::string text = task_.folder().write(
      "apart.txt", "Rome is warm\nat home we read and the rain is cold\n\nin Oslo they rest\n");
  const std::string words = task_.folder().write("words.txt", "Rome\nOslo\nLima\n");
  const Outcome scored =
      limbeck({"perplexity", "--model", task_ / "lm", "--text", text, "--words", words, "--context",
               "16", "--format", "json", "--progress", "never"});
  ASSERT_EQ(scored.exit_code, 0) << scored.error;
  const Outcome audited = limbeck({"audit",
                                   "--model",
                                   task_ / "lm",
                                   "--templates",
                                   task_ / "places.json",
                                   "--lexicon",
                                   task_ / "lexicon.txt",
                                   "--text",
                                   text,
                                   "--context",
                                   "16",
                                   "--count",
                                   "2",
                                   "--max-tokens",
                                   "2",
                                   "--permutations",
                                   "19",
                                   "--fail-on",
                                   "never",
                                   "--output",
                                   task_ / "a",
                                   "--format",
                                   "json",
                                   "--progress",
                                   "never"});
  ASSERT_EQ(audited.exit_code, 0) << audited.error;
  const nlohmann::json want = nlohmann::json::parse(scored.output),
                       got = nlohmann::json::parse(audited.output);
  ASSERT_GT(want["sensitive_tokens"].get<int64_t>(), 0);
  EXPECT_EQ(got["perplexity"], want["perplexity"]);
  EXPECT_EQ(got["sensitive_perplexity"], want["sensitive_perplexity"]);
  EXPECT_EQ(got["perplexity_tokens"], want["tokens"]);
  EXPECT_EQ(got["sensitive_tokens"], want["sensitive_tokens"]);
  EXPECT_LT(want["sensitive_tokens"].get<int64_t>(), want["tokens"].get<int64_t>());
}

// SentencePiece makes nothing of a zero-width space, byte-level BPE some tokens: such a value says
// nothing.
TEST_F(TrainLm, AValueThatCannotBeSeenIsNamedByAuditAndDebias) {
  ASSERT_EQ(limbeck(task_.train_words("lm")).exit_code, 0);
  const std::string sets = task_.folder().write(
      "nothing.json",
      "{\"attribute\": \"place\", \"templates\": [\"In {value}\"], \"values\": "
      "[\"Rome\", \"\u200b\"]}");
  const std::string message =
      "3 limbeck: " + sets + ": value 2: expected a text with a visible character\n";
  EXPECT_EQ(refusal_of(task_, {"audit", "--model", task_ / "lm", "--templates", sets, "--lexicon",
                               task_ / "lexicon.txt", "--output", task_ / "out"}),
            message);
  EXPECT_EQ(
      refusal_of(task_, {"debias", "--model", task_ / "lm", "--templates", sets, "--text",
                         task_ / "text.txt", "--audit-count", "0", "--output", task_ / "out"}),
      message);
}

TEST_F(TrainLm, EndsWithTheSameBitsWhereverItIsKilled) {
  ASSERT_EQ(limbeck(task_.train_words("whole")).exit_code, 0);
  std::vector<std::string> more;
  for (const int64_t step : {15, 40}) {
    const Outcome outcome = run_until_stopped(task_ / "killed", [&] {
      return limbeck(task_.train_words("killed", more),
                     {.stop_when = has_checkpoint_from(task_ / "killed", step)});
    });
    ASSERT_EQ(outcome.exit_code, 128 + SIGKILL) << outcome.error;
    more = {"--resume"};
  }
  const Outcome last = limbeck(task_.train_words("killed", {"--resume"}));
  ASSERT_EQ(last.exit_code, 0) << last.error;
  expect_same_model(task_ / "killed", task_ / "whole");
}

TEST_F(TrainLm, DrawsAPageWithoutFault) {
  const auto chromium = page_check::find_chromium();
  if (!chromium) GTEST_SKIP() << "no Chromium here (apt-get install chromium)";
  ASSERT_EQ(limbeck(task_.train_words("lm")).exit_code, 0);
  page_check::Browser browser(*chromium);
  EXPECT_THAT(page_check::check_page(browser, task_ / "lm/report.html"), testing::IsEmpty());
}

TEST_F(TrainLm, RefusalsAreOneLineAndWriteNothing) {
  const auto refused = [&](const std::vector<std::string>& more) {
    return refusal_of(task_, task_.train_words("out", more));
  };
  EXPECT_EQ(refusal_of(task_, {"train-lm", "--output", task_ / "out"}),
            "2 limbeck: --text: expected a text file\n");
  EXPECT_EQ(refusal_of(task_, {"train-lm", "--text", "x"}),
            "2 limbeck: --output: expected a directory to write\n");
  EXPECT_EQ(refusal_of(task_, {"train-lm", "--text", "/none.txt", "--output", task_ / "out"}),
            "3 limbeck: /none.txt: cannot open: No such file or directory\n");
  EXPECT_EQ(refusal_of(task_, task_.train_words("out", {"--monitor", "loss"})),
            "2 limbeck: --monitor: expected one of validation_loss, validation_perplexity, got "
            "'loss'\n");
  EXPECT_EQ(refusal_of(task_, {"train-lm", "--text", task_ / "text.txt", "--output", task_ / "out",
                               "--heads", "3"}),
            "2 limbeck: --heads: expected heads of an even width in a hidden width of 256, got "
            "3\n");
  EXPECT_EQ(refusal_of(task_, {"train-lm", "--text", task_ / "text.txt", "--output", task_ / "out",
                               "--validation-count", "20"})
                .substr(0, 77),
            "2 limbeck: sentencepiece: cannot learn 8000 pieces from 100 lines: Vocabulary");
  EXPECT_EQ(refusal_of(task_, {"train-lm", "--text", task_ / "text.txt", "--output", task_ / "out",
                               "--vocabulary", "300"}),
            "2 limbeck: --validation-count: expected at most half of the 120 lines, got 500\n");
  EXPECT_EQ(refused({"--architecture", "rnn"}),
            "2 limbeck: --architecture: expected one of llama, gpt2, got 'rnn'\n");
  EXPECT_EQ(refused({"--architecture", "gpt2", "--key-value-heads", "1"}),
            "2 limbeck: --key-value-heads: expected 0 with --architecture gpt2, whose heads share "
            "nothing, got 1\n");
  EXPECT_EQ(refused({"--key-value-heads", "3"}),
            "2 limbeck: --key-value-heads: expected a divisor of the 2 heads, at most 14 heads "
            "each, got 3\n");
  EXPECT_EQ(refused({"--resume", "--overwrite"}),
            "2 limbeck: --resume: expected either --resume or --overwrite, got both\n");
}

}  // namespace
}  // namespace limbeck::test
