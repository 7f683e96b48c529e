#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

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

class Debias : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  }
  LanguageTraining task_;
};

double metric(const nlohmann::json& json, const std::string& variant, const std::string& name) {
  return json["variants"][variant][name]["mean"].get<double>();
}

TEST_F(Debias, BringsPairsTogetherAndShowsTheControlBesideIt) {
  const Outcome outcome =
      limbeck(task_.debias_words("fair", {"--lambda", "10", "100", "--audit-count", "2",
                                          "--audit-tokens", "4", "--format", "json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  EXPECT_LT(metric(json, "control", "perplexity"), metric(json, "before", "perplexity"));
  for (const char* variant : {"lambda-10", "lambda-100"})
    EXPECT_LT(1 - metric(json, variant, "embedding_cosine"),
              (1 - metric(json, "control", "embedding_cosine")) / 2)
        << variant;
  ASSERT_EQ(json["audits"].size(), 4u);  // before, control, two weights
  EXPECT_EQ(json["audits"][0]["variant"], "before");
  for (const char* file :
       {"model.safetensors", "config.json", "tokenizer.json", "lambda-100/model.safetensors",
        "control/model.safetensors", "report.json", "report.html", "README.md", "run.json",
        "metrics.jsonl", "audit/before.jsonl"})
    EXPECT_TRUE(fs::exists(task_ / ("fair/" + std::string(file)))) << file;
  for (const char* model : {"fair", "fair/control", "fair/lambda-100"}) {
    const Outcome scored = limbeck({"perplexity", "--model", task_ / model, "--text",
                                    task_ / "text.txt", "--context", "32", "--format", "json"});
    EXPECT_EQ(scored.exit_code, 0) << scored.error;
  }
}

/// One row of the table of means.
nlohmann::json mean_of(const nlohmann::json& json, const std::string& variant) {
  for (const nlohmann::json& row : json["before_and_after"])
    if (row["variant"] == variant) return row;
  return {};
}

TEST_F(Debias, AuditsWithEveryScorer) {
  const std::string classifier = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/student/classify";
  const Outcome outcome =
      limbeck(task_.debias_words("fair", {"--audit-count", "3", "--audit-tokens", "6", "--scorer",
                                          "vader", classifier, "--format", "json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  ASSERT_EQ(json["audits"].size(), 6u);  // before, control and weight, by two scorers
  ASSERT_EQ(json["before_and_after"].size(), 6u);
  ASSERT_EQ(json["against_control"].size(), 2u);
  for (size_t i = 0; i < 6; ++i)
    EXPECT_EQ(json["audits"][i]["scorer"], i % 2 == 0 ? "vader" : "classify");
  EXPECT_EQ(json["against_control"][1]["scorer"], "classify");
  EXPECT_NE(json["audits"][0]["individual_fairness"]["raw"],
            json["audits"][1]["individual_fairness"]["raw"]);
  const Outcome twice =
      limbeck(task_.debias_words("twice", {"--audit-count", "2", "--scorer", "vader", "vader"}));
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_EQ(twice.error, "limbeck: --scorer: 'vader' is given twice\n");
  EXPECT_FALSE(fs::exists(task_ / "twice"));
}

TEST_F(Debias, AuditsEverySeedAndShowsRelevanceBesideTheRest) {
  const auto words = [&](const std::string& tokens, const std::vector<std::string>& more) {
    std::vector<std::string> all = {"--repeats",
                                    "2",
                                    "--audit-count",
                                    "3",
                                    "--audit-tokens",
                                    tokens,
                                    "--encoder",
                                    small_student(),
                                    "--relevance-threshold",
                                    "0.3",
                                    "--permutations",
                                    "99",
                                    "--format",
                                    "json"};
    all.insert(all.end(), more.begin(), more.end());
    return task_.debias_words("fair", all);
  };
  const Outcome outcome = limbeck(words("6", {}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  ASSERT_EQ(json["audits"].size(), 5u);  // before, two seeds of control and weight
  EXPECT_EQ(json["permutations"], 200);  // 10 tests, of which p / 10 must reach .05
  EXPECT_THAT(outcome.error,
              testing::HasSubstr("limbeck: note: against the control: with 2 templates and 2 tests "
                                 "no p by Holm of a sign-flip test is below 0.5 (alpha 0.05): no "
                                 "change can be shown\n"));
  EXPECT_EQ(json["starting_weights"], "F32");
  for (const char* variant : {"before", "control", "lambda-10"}) {
    const nlohmann::json row = mean_of(json, variant);
    EXPECT_EQ(row["runs"], std::string(variant) == "before" ? 1 : 2);
    EXPECT_EQ(row["attribute"], "place");
    EXPECT_EQ(row["perplexity"], json["variants"][variant]["perplexity"]["mean"]);
    double individual = 0, relevance = 0, mentions = 0, count = 0;
    for (const nlohmann::json& audit : json["audits"]) {
      if (audit["variant"] != variant) continue;
      ++count;
      individual += audit["individual_fairness"]["corrected"].get<double>();
      relevance += audit["relevance"].get<double>();
      mentions += audit["mention_share"].get<double>();
      EXPECT_EQ(audit["relevance_threshold"], 0.3);
      // Shares of 2 templates x 3 values x 3 continuations.
      const double related = 18 * audit["relevance"].get<double>();
      EXPECT_NEAR(related, std::round(related), 1e-12);
    }
    EXPECT_NEAR(row["individual_fairness_corrected"].get<double>(), individual / count, 1e-12);
    EXPECT_NEAR(row["relevance"].get<double>(), relevance / count, 1e-12);
    EXPECT_NEAR(row["mention_share"].get<double>(), mentions / count, 1e-12);
  }
  // The weight against its control; two templates have no interval.
  ASSERT_EQ(json["against_control"].size(), 1u);
  const nlohmann::json& difference = json["against_control"][0]["individual_fairness"];
  EXPECT_NEAR(difference["difference"].get<double>(),
              mean_of(json, "lambda-10")["individual_fairness_corrected"].get<double>() -
                  mean_of(json, "control")["individual_fairness_corrected"].get<double>(),
              1e-12);
  EXPECT_EQ(difference["interval"], nlohmann::json({-1.0, 1.0}));
  EXPECT_GE(difference["p"].get<double>(), 0.25);
  // Models of other seeds went after their audit; a finished run can still be resumed.
  EXPECT_FALSE(fs::exists(task_ / "fair/runs/control-seed2/model"));
  EXPECT_TRUE(fs::exists(task_ / "fair/audit/control-seed2.jsonl"));
  const Outcome again = limbeck(words("6", {"--resume"}));
  EXPECT_EQ(again.exit_code, 0) << again.error;
  EXPECT_EQ(nlohmann::json::parse(again.output), json);
  const Outcome other = limbeck(words("7", {"--resume"}));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.error,
              testing::EndsWith("limbeck: " + (task_ / "fair/audit/before.jsonl").string() +
                                ": made with other settings (model, templates, seed or sampling); "
                                "give the same ones or --overwrite\n"));
}

TEST_F(Debias, LosesNothingOnAFullDisk) {
  ASSERT_EQ(limbeck(task_.debias_words("whole")).exit_code, 0);
  const Outcome full = limbeck(task_.debias_words("full"), {.largest_file = 20'000});
  EXPECT_EQ(full.exit_code, 3);
  EXPECT_THAT(full.error, testing::StartsWith("limbeck: " + (task_ / "full/").string()));
  EXPECT_THAT(full.error, testing::EndsWith(": cannot write: File too large (make room; --resume "
                                            "goes on with a run that has begun)\n"));
  EXPECT_FALSE(fs::exists(task_ / "full/model.safetensors"));
  ASSERT_EQ(limbeck(task_.debias_words("full", {"--resume"})).exit_code, 0);
  EXPECT_TRUE(read_file(task_ / "full/model.safetensors") ==
              read_file(task_ / "whole/model.safetensors"));
}

TEST_F(Debias, AGgufModelIsTrainedFromItsDequantisedWeights) {
  const std::string model = LanguageTraining::model() + ".gguf";
  const Outcome outcome =
      limbeck(task_.debias_words("fair", {"--model", model, "--format", "json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(json["starting_weights"], "F32");
  EXPECT_EQ(json["model"], "llama, 2 layers x 48, vocabulary 420");
  EXPECT_THAT(read_file(task_ / "fair/README.md"), testing::HasSubstr("starting weights F32"));
  const Outcome text = limbeck({"generate", "--model", task_ / "fair", "--prompt", "on the roads",
                                "--max-tokens", "4", "--format", "json"});
  EXPECT_EQ(text.exit_code, 0) << text.error;
  const Outcome audit = limbeck(
      {"audit", "--model", task_ / "fair", "--templates", task_ / "places.json", "--lexicon",
       task_ / "lexicon.txt", "--count", "2", "--max-tokens", "4", "--permutations", "19",
       "--fail-on", "never", "--output", task_ / "audit", "--progress", "never"});
  EXPECT_EQ(audit.exit_code, 0) << audit.error;
}

TEST_F(Debias, AModelOfTheGpt2FamilyIsTrainedToo) {
  const std::string model = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/causal/gpt2";
  for (const char* method : {"adapters", "full"}) {
    const Outcome outcome =
        limbeck(task_.debias_words(method, {"--model", model, "--method", method, "--audit-count",
                                            "2", "--audit-tokens", "4", "--format", "json"}));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    const nlohmann::json json = nlohmann::json::parse(outcome.output);
    EXPECT_THAT(json["model"].get<std::string>(), testing::StartsWith("gpt2, "));
    EXPECT_LT(metric(json, "control", "perplexity"), metric(json, "before", "perplexity"));
    EXPECT_LT(1 - metric(json, "lambda-10", "embedding_cosine"),
              (1 - metric(json, "control", "embedding_cosine")) / 2);
    const Outcome scored = limbeck({"perplexity", "--model", task_ / method, "--text",
                                    task_ / "text.txt", "--context", "32", "--format", "json"});
    EXPECT_EQ(scored.exit_code, 0) << scored.error;
  }
}

TEST_F(Debias, EmbeddingsOfTheValuesAloneLeaveOtherTextsAsTheyWere) {
  const Outcome outcome = limbeck(task_.debias_words(
      "fair", {"--method", "embeddings", "--learning-rate", "1e-4", "--format", "json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  EXPECT_LT(1 - metric(json, "lambda-10", "embedding_cosine"),
            (1 - metric(json, "control", "embedding_cosine")) / 2);
  const auto perplexity = [&](const std::string& model, const std::string& text) {
    write_file_atomic(task_ / "one.txt", text + "\n");
    const Outcome scored = limbeck({"perplexity", "--model", model, "--text", task_ / "one.txt",
                                    "--context", "32", "--format", "json"});
    EXPECT_EQ(scored.exit_code, 0) << scored.error;
    return nlohmann::json::parse(scored.output)["perplexity"].get<double>();
  };
  const std::string before = LanguageTraining::model(), after = task_ / "fair";
  // In no letter of a value.
  const std::string without = "but why hurt thy fury";
  EXPECT_NEAR(perplexity(after, without) / perplexity(before, without), 1, 1e-5);
  const std::string with = "on the roads of Rome the sun is warm";
  EXPECT_GT(std::abs(perplexity(after, with) / perplexity(before, with) - 1), 1e-3);
}

TEST_F(Debias, AllWeightsCanBeTrainedAndSentimentRegularised) {
  const Outcome outcome = limbeck(task_.debias_words(
      "fair", {"--method", "full", "--regulariser", "sentiment", "--sentiment",
               task_ / "sentiment.tsv", "--dropout", "0.1", "--format", "json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(json["sentiment_head"]["examples"], 54);
  EXPECT_LT(1 - metric(json, "lambda-10", "sentiment_cosine"),
            (1 - metric(json, "control", "sentiment_cosine")) / 2);
}

TEST_F(Debias, EndsWithTheSameBitsWhereverItIsKilled) {
  ASSERT_EQ(limbeck(task_.debias_words("whole")).exit_code, 0);
  std::vector<std::string> more;
  for (const char* run : {"runs/control-seed1", "runs/lambda-10-seed1"}) {
    const fs::path folder = task_ / ("killed/" + std::string(run));
    const Outcome outcome = run_until_stopped(
        task_ / "killed",
        [&] {
          return limbeck(task_.debias_words("killed", more),
                         {.stop_when = has_checkpoint_from(folder, 9)});
        },
        [&] { return fs::exists(folder / "result.json"); });
    ASSERT_EQ(outcome.exit_code, 128 + SIGKILL) << outcome.error;
    more = {"--resume"};
  }
  const Outcome last = limbeck(task_.debias_words("killed", {"--resume"}));
  ASSERT_EQ(last.exit_code, 0) << last.error;
  for (const char* file : {"model.safetensors", "control/model.safetensors", "metrics.jsonl"})
    EXPECT_TRUE(read_file(task_ / "killed" / file) == read_file(task_ / "whole" / file)) << file;
  const auto results = [&](const char* output) {
    nlohmann::json json = read_json_file(task_ / output / "report.json")["results"];
    json.erase("output");
    return json;
  };
  EXPECT_EQ(results("killed"), results("whole"));
}

TEST_F(Debias, RefusesOtherOptionsAfterTheEndToo) {
  ASSERT_EQ(limbeck(task_.debias_words("fair")).exit_code, 0);
  const Outcome again = limbeck(task_.debias_words("fair", {"--resume", "--adapter-rank", "4"}));
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_EQ(again.error,
            "limbeck: " + (task_ / "fair/runs/control-seed1/result.json").string() +
                ": was made with adapter_rank 8, now 4 (resume with the same options, or give "
                "--overwrite to start anew)\n");
}

TEST_F(Debias, DrawsAPageWithoutFault) {
  const auto chromium = page_check::find_chromium();
  if (!chromium) GTEST_SKIP() << "no Chromium here (apt-get install chromium)";
  ASSERT_EQ(limbeck(task_.debias_words("fair", {"--audit-count", "2", "--audit-tokens", "4",
                                                "--repeats", "2", "--encoder", small_student()}))
                .exit_code,
            0);
  page_check::Browser browser(*chromium);
  EXPECT_THAT(page_check::check_page(browser, task_ / "fair/report.html"), testing::IsEmpty());
}

TEST_F(Debias, RefusalsAreOneLineAndWriteNothing) {
  const auto refused = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"debias",      "--model",          LanguageTraining::model(),
                                      "--text",      task_ / "text.txt", "--output",
                                      task_ / "out", "--audit-count",    "0"};
    words.insert(words.end(), more.begin(), more.end());
    return refusal_of(task_, words);
  };
  EXPECT_EQ(refusal_of(task_, {"debias"}),
            "2 limbeck: --model: expected a language model (see `limbeck assets fetch "
            "language-model`)\n");
  EXPECT_EQ(refused({}), "2 limbeck: --attribute: expected an attribute, or --templates FILE\n");
  EXPECT_EQ(
      refused({"--attribute", "country", "--lambda", "0"}),
      "2 limbeck: --lambda: expected a number above 0 (the control with 0 is always run), got "
      "0\n");
  EXPECT_EQ(refused({"--attribute", "country", "--lambda", "10", "10"}),
            "2 limbeck: --lambda: expected different numbers, got 10 twice\n");
  EXPECT_EQ(refused({"--attribute", "country", "--monitor", "perplexity"}),
            "2 limbeck: --monitor: debias keeps the last weights of a run (the best by perplexity "
            "are those that changed least)\n");
  EXPECT_EQ(refused({"--attribute", "country", "--validation-count", "20"}),
            "3 limbeck: --text: expected a line that mentions a value of the attributes, got none "
            "in 100 lines\n");
  EXPECT_EQ(refused({"--templates", task_ / "places.json", "--validation-count", "20", "--context",
                     "300"}),
            "2 limbeck: --context: expected at most 256, the positions of the model, got 300\n");
  EXPECT_EQ(refused({"--templates", task_ / "places.json", "--validation-count", "20",
                     "--adapter-rank", "64"}),
            "2 limbeck: rank: expected 1 to 32, got 64\n");
  EXPECT_EQ(refused({"--templates", task_ / "places.json", "--validation-count", "20",
                     "--regulariser", "sentiment", "--sentiment", "/none.tsv"}),
            "3 limbeck: /none.tsv: cannot open: No such file or directory\n");
  EXPECT_EQ(refused({"--templates", task_ / "places.json", "--encoder", small_student()}),
            "2 limbeck: --encoder: measures continuations of an audit (leave --audit-count 0 "
            "out)\n");
  EXPECT_EQ(refused({"--templates", task_ / "places.json", "--relevance-threshold", "2"}),
            "2 limbeck: --relevance-threshold: expected -1 to 1, got 2\n");
}

}  // namespace
}  // namespace limbeck::test
