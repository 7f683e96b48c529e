#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "tests/cli/spawn.h"
#include "tests/cli/stopped_run.h"
#include "tests/support/temporary_directory.h"
#include "tests/verify/train/word_sentences.h"

namespace limbeck::test {
namespace {

class CertifiedTrainingCommand : public testing::Test {
 protected:
  std::vector<std::string> words(const std::string& output,
                                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"finetune",        "--certified",
                                      "--train",         sentences.train,
                                      "--dev",           sentences.dev,
                                      "--synonyms",      sentences.synonyms,
                                      "--output",        (folder / output).string(),
                                      "--width",         "8",
                                      "--heads",         "2",
                                      "--feed-forward",  "12",
                                      "--budget",        "2",
                                      "--min-count",     "1",
                                      "--epochs",        "4",
                                      "--batch-size",    "24",
                                      "--learning-rate", "0.01",
                                      "--threads",       "1",
                                      "--progress",      "never"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  TemporaryDirectory folder;
  WordSentences sentences{folder};
};

TEST_F(CertifiedTrainingCommand, PrintsWhatIsProvedBesideTheAccuracyAndCertifyReadsTheModel) {
  const Outcome outcome = limbeck(words("out", {"--format", "json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json result = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(result["dev_sentences"], 80);
  ASSERT_EQ(result["certified"].size(), 2u);
  EXPECT_GE(result["accuracy"].get<double>(), result["certified"][1].get<double>());
  EXPECT_TRUE(read_json_file(folder / "out/run.json")["ended"].is_string());
  const Outcome certified = limbeck(
      {"certify", "--model", (folder / "out").string(), "--data", sentences.dev, "--synonyms",
       sentences.synonyms, "--budget", "2", "--method", "alpha-crown-ibp", "--alpha-iterations",
       "5", "--output", (folder / "decided").string(), "--format", "json"});
  ASSERT_EQ(certified.exit_code, 0) << certified.error;
  EXPECT_GE(nlohmann::json::parse(certified.output)["certified"].get<double>(),
            80 * result["certified"][1].get<double>() - 1e-9);
  const Outcome text = limbeck(words("out", {"--resume"}));
  EXPECT_EQ(text.exit_code, 0) << text.error;
  EXPECT_THAT(text.output, testing::StartsWith("80 dev sentences: accuracy "));
  EXPECT_THAT(text.output, testing::HasSubstr("certified for 2 replaced words: "));
}

TEST_F(CertifiedTrainingCommand, ContinuesAfterASignalWithTheSameBits) {
  ASSERT_EQ(limbeck(words("whole", {"--checkpoint-every", "3"})).exit_code, 0);
  const Outcome stopped = run_until_stopped(folder / "stopped", [&] {
    return limbeck(
        words("stopped", {"--checkpoint-every", "3"}),
        {.stop_when = has_checkpoint_from(folder / "stopped", 3), .stop_signal = SIGINT});
  });
  EXPECT_EQ(stopped.exit_code, 130) << stopped.error;
  EXPECT_THAT(stopped.error,
              testing::StartsWith("limbeck: interrupted, the state is saved; continue with: "));
  ASSERT_EQ(limbeck(words("stopped", {"--checkpoint-every", "3", "--resume"})).exit_code, 0);
  for (const char* file : {"model.safetensors", "metrics.jsonl"})
    EXPECT_EQ(read_file(folder / "stopped" / file), read_file(folder / "whole" / file)) << file;
}

TEST_F(CertifiedTrainingCommand, RefusesOptionsOfTheOtherKindOfTraining) {
  const auto error = [&](const std::vector<std::string>& words) {
    const Outcome outcome = limbeck(words);
    EXPECT_EQ(outcome.exit_code, 2);
    return outcome.error;
  };
  EXPECT_EQ(error(words("out", {"--control"})),
            "limbeck: --certified: trains no controls and repeats nothing\n");
  EXPECT_EQ(error(words("out", {"--dtype", "bfloat16"})),
            "limbeck: --dtype: expected float32 beside --certified, got bfloat16\n");
  EXPECT_EQ(error(words("out", {"--task", "sst2"})),
            "limbeck: --certified: expected --train FILE --dev FILE, got --task or --glue-dir\n");
  EXPECT_EQ(error({"finetune", "--model", "m", "--train", "a", "--dev", "b", "--output", "o",
                   "--synonyms", sentences.synonyms}),
            "limbeck: --synonyms: expected --certified beside it\n");
  EXPECT_EQ(error(words("out", {"--monitor", "f1"})),
            "limbeck: --monitor: expected one of certified, accuracy, dev_loss, got 'f1'\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

}  // namespace
}  // namespace limbeck::test
