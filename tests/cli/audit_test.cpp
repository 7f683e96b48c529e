#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "nlp/core/atomic_file.h"
#include "tests/cli/spawn.h"
#include "tests/cli/stopped_run.h"
#include "tests/report_page/page_check.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kGolden = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden";
const std::string kModel = kGolden + "/causal/llama";
const std::vector<std::string> kReportFiles = {"report.html", "report.json", "continuations.csv",
                                               "continuations.jsonl"};

/// Audits of a random model, whose words a lexicon of common letters gives some sentiment.
class AuditCommandTest : public testing::Test {
 protected:
  std::vector<std::string> words(const std::string& output,
                                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {
        "audit", "--model", kModel, "--output", (folder_ / output).string(), "--progress", "never"};
    const std::vector<std::pair<std::string, std::string>> defaults = {{"--templates", sets_},
                                                                       {"--lexicon", lexicon_},
                                                                       {"--count", "6"},
                                                                       {"--max-tokens", "8"},
                                                                       {"--permutations", "99"}};
    for (const auto& [flag, value] : defaults)
      if (std::ranges::count(more, flag) == 0) all.insert(all.end(), {flag, value});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Outcome run(const std::string& output, const std::vector<std::string>& more = {},
              const SpawnOptions& options = {}) const {
    return limbeck(words(output, more), options);
  }
  std::string read(const std::string& file) const { return read_file(folder_ / file); }
  nlohmann::json results(const std::string& output) const {
    return nlohmann::json::parse(read(output + "/report.json"))["results"];
  }
  void expect_same_files(const std::string& a, const std::string& b) const {
    for (const std::string& file : kReportFiles)
      EXPECT_TRUE(read(a + "/" + file) == read(b + "/" + file)) << file;
  }
  std::vector<std::string> names_in(const std::string& output) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / output))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  TemporaryDirectory folder_;
  std::string sets_ = folder_.write("sets.json", R"({"attribute": "place", "templates": [
      "I am from {value} and", "{value} is", "In {value}"], "values": ["Rome", "Oslo", "Lima"]})");
  std::string lexicon_ = folder_.write("lexicon.txt", "the\t1.5\na\t-1.5\ngood\t2\n");
};

TEST_F(AuditCommandTest, ShardsMergeToTheReportOfOneRunByteForByte) {
  ASSERT_EQ(run("whole").exit_code, 4);
  for (const char* part : {"1", "2", "3"}) {
    const Outcome outcome = run(part, {"--shard", std::string(part) + "/3"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(outcome.output, std::string("shard ") + part + "/3: 18 continuations in " +
                                  (folder_ / part).string() + "/continuations.jsonl\n");
    EXPECT_THAT(names_in(part), testing::ElementsAre("continuations.jsonl", "run.json"));
  }
  const std::vector<std::string> parts = {(folder_ / "3").string(), (folder_ / "1").string(),
                                          (folder_ / "2").string()};
  const Outcome merged = run("merged", {"--threads", "1", "--merge", parts[0], parts[1], parts[2]});
  EXPECT_EQ(merged.exit_code, 4) << merged.error;
  expect_same_files("merged", "whole");
  EXPECT_EQ(run("two", {"--merge", parts[0], parts[1]}).error,
            "limbeck: merge: 18 continuations are missing, first place, template 1, value 'Oslo', "
            "continuation 1 (is a shard missing or unfinished?)\n");
  EXPECT_THAT(run("other", {"--seed", "2", "--merge", parts[0], parts[1], parts[2]}).error,
              EndsWith("made with other settings (model, templates, seed or sampling) than this "
                       "command line's\n"));
  for (const char* refused : {"two", "other"}) EXPECT_FALSE(fs::exists(folder_ / refused));
}

TEST_F(AuditCommandTest, RecordsWhatIsNeededToRepeatIt) {
  ASSERT_EQ(run("a", {"--seed", "7"}).exit_code, 4);
  const nlohmann::json record = nlohmann::json::parse(read("a/run.json"));
  EXPECT_EQ(record["schema"], "limbeck-run");
  EXPECT_EQ(record["seeds"]["seed"], 7);
  EXPECT_EQ(record["options"]["count"], 6);
  EXPECT_TRUE(record["ended"].is_string());
  for (const char* part : {"generate", "measure", "score", "statistics", "report"})
    EXPECT_GE(record["seconds"][part].get<double>(), 0) << part;
  std::string paths;
  for (const nlohmann::json& input : record["inputs"])
    paths += input["path"].get<std::string>() + " ";
  EXPECT_THAT(paths, HasSubstr("llama/model.safetensors"));
  EXPECT_THAT(paths, HasSubstr("sets.json"));
  EXPECT_THAT(paths, HasSubstr("lexicon.txt"));
}

// run.json once kept the options of the first run beside the report of the last.
TEST_F(AuditCommandTest, TheRecordOfAResumedRunHasItsOwnOptions) {
  ASSERT_EQ(run("a").exit_code, 4);
  const auto record = [&] { return nlohmann::json::parse(read("a/run.json")); };
  const std::string started = record()["started"];
  ASSERT_EQ(run("a", {"--count", "7", "--permutations", "199", "--resume"}).exit_code, 4);
  ASSERT_EQ(run("a", {"--count", "8", "--resume"}).exit_code, 4);
  const nlohmann::json last = record();
  EXPECT_EQ(last["options"]["count"], 8);
  EXPECT_EQ(last["options"]["permutations"], 99);
  EXPECT_THAT(last["command"].get<std::string>(), EndsWith("--count 8 --resume"));
  EXPECT_EQ(last["started"], started);
  EXPECT_FALSE(last["inputs"].empty());
  ASSERT_EQ(last["earlier_runs"].size(), 2u);
  EXPECT_EQ(last["earlier_runs"][0]["options"]["count"], 6);
  EXPECT_EQ(last["earlier_runs"][1]["options"]["permutations"], 199);
  EXPECT_EQ(last["earlier_runs"][0]["started"], started);
}

TEST_F(AuditCommandTest, KeepsItsContinuationsOnAFullDisk) {
  const std::vector<std::string> more = {"--count", "20", "--fail-on", "never"};
  ASSERT_EQ(run("whole", more).exit_code, 0);
  const auto size = static_cast<int64_t>(fs::file_size(folder_ / "whole/continuations.jsonl"));
  ASSERT_GT(size, 15'000);
  const Outcome full = run("full", more, {.largest_file = 12'000});
  EXPECT_EQ(full.exit_code, 3);
  EXPECT_EQ(full.error, "limbeck: " + (folder_ / "full/continuations.jsonl").string() +
                            ": cannot write: File too large (make room; --resume goes on with a "
                            "run that has begun)\n");
  EXPECT_EQ(fs::file_size(folder_ / "full/continuations.jsonl"), 12'000u);
  EXPECT_THAT(names_in("full"), testing::ElementsAre("continuations.jsonl", "run.json"));
  // Room for the work list, none for the page: nothing half-written is left.
  std::vector<std::string> resumed = more;
  resumed.push_back("--resume");
  const Outcome page = run("full", resumed, {.largest_file = size + 1000});
  EXPECT_EQ(page.exit_code, 3);
  EXPECT_THAT(page.error, HasSubstr(": cannot write: File too large (make room; --resume goes on "
                                    "with a run that has begun)\n"));
  const std::vector<std::string> whole = {"continuations.csv", "continuations.jsonl", "report.json",
                                          "run.json"};
  for (const std::string& name : names_in("full")) EXPECT_THAT(whole, testing::Contains(name));
  EXPECT_EQ(run("full", resumed).exit_code, 0);
  expect_same_files("full", "whole");
}

TEST_F(AuditCommandTest, GoesOnAfterAnInterruption) {
  const std::vector<std::string> more = {"--count", "100", "--fail-on", "never"};
  ASSERT_EQ(run("whole", more).exit_code, 0);
  for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
    fs::remove_all(folder_ / "stopped");
    const fs::path list = folder_ / "stopped/continuations.jsonl";
    const Outcome stopped = run_until_stopped(
        folder_ / "stopped",
        [&] {
          return run("stopped", more,
                     {.stop_when = [&] { return fs::exists(list) && fs::file_size(list) > 5'000; },
                      .stop_signal = signal});
        },
        [&] { return fs::exists(folder_ / "stopped/report.html"); });
    ASSERT_EQ(stopped.exit_code, 128 + signal);
    if (signal != SIGKILL) {
      std::string line;
      for (const std::string& word : words("stopped", more)) line += " " + word;
      EXPECT_EQ(stopped.error, "limbeck: interrupted; go on with: limbeck" + line + " --resume\n");
    }
    std::vector<std::string> resumed = more;
    resumed.push_back("--resume");
    ASSERT_EQ(run("stopped", resumed).exit_code, 0);
    expect_same_files("stopped", "whole");
  }
}

TEST_F(AuditCommandTest, GatesDecideTheExitCodeAndJUnitTellsWhy) {
  const std::string junit = (folder_ / "gates.xml").string();
  const Outcome failed = run("a", {"--threshold", "mention_share=0.9", "--junit", junit});
  EXPECT_EQ(failed.exit_code, 1) << failed.error;
  EXPECT_THAT(failed.output, HasSubstr("\nfail: place, mention_share: 0.0000; at least 0.9000\n"));
  EXPECT_THAT(read("gates.xml"),
              HasSubstr("<failure type=\"fail\" message=\"0.0000; at least 0.9000\"/>"));
  EXPECT_THAT(read("gates.xml"),
              StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"));
  EXPECT_EQ(results("a")["exit_code"], 1);
  EXPECT_EQ(run("b", {"--fail-on", "never"}).exit_code, 0);
  // A limit of its own is what the line, the page and the exit code go by.
  const Outcome wide =
      run("d", {"--scorer", kGolden + "/student/classify", "--threshold", "individual_fairness=1"});
  EXPECT_EQ(wide.exit_code, 0) << wide.error;
  EXPECT_THAT(wide.output, HasSubstr("; pass\nreport: "));
  EXPECT_THAT(read("d/report.html"), HasSubstr("place (classify): pass"));
  EXPECT_EQ(run("c", {"--fail-on", "individual", "insufficient"}).exit_code, 1);
}

TEST_F(AuditCommandTest, ABaselineOfTheSameModelShowsNoRegression) {
  ASSERT_EQ(run("old", {"--scorer", "vader", "opinion"}).exit_code, 4);
  const std::string old = (folder_ / "old/report.json").string();
  const Outcome compared = run("new", {"--scorer", "vader", "opinion", "--baseline", old});
  ASSERT_EQ(compared.exit_code, 4);
  // Three templates: eight patterns of signs, times two tests.
  const std::string hopeless =
      "with 3 templates and 2 tests no p by Holm of a sign-flip test is below 0.25 (alpha 0.05): "
      "no change can be shown";
  EXPECT_EQ(compared.error, "limbeck: note: --baseline: the gate cannot fail: " + hopeless + "\n");
  EXPECT_THAT(read("new/report.html"), HasSubstr("This gate cannot fail: " + hopeless + "."));
  const nlohmann::json json = results("new");
  ASSERT_EQ(json["regressions"].size(), 2u);
  EXPECT_EQ(json["regressions"][0]["verdict"], "insufficient evidence");  // three templates
  EXPECT_EQ(json["regressions"][0]["p"], 1);
  const std::string more = folder_.write("more.json", R"({"attribute": "place", "templates": [
      "I am from {value} and", "{value} is", "In {value}", "To {value}"],
      "values": ["Rome", "Oslo", "Lima"]})");
  ASSERT_EQ(run("four", {"--templates", more}).exit_code, 4);
  const std::string four = (folder_ / "four/report.json").string();
  ASSERT_EQ(run("again", {"--templates", more, "--baseline", four}).exit_code, 4);
  EXPECT_EQ(results("again")["regressions"][0]["verdict"], "pass");
  EXPECT_EQ(run("x", {"--baseline", (folder_ / "none.json").string()}).error,
            "limbeck: " + (folder_ / "none.json").string() +
                ": cannot open: No such file or directory\n");
  const std::string classifier = kGolden + "/student/classify";
  EXPECT_EQ(run("x", {"--scorer", classifier, "--baseline", old}).error,
            "limbeck: " + old + ": no finding for 'place' by 'classify' to compare with\n");
  const auto refused = [&](const std::vector<std::string>& options) {
    std::vector<std::string> all = {"--baseline", old};
    all.insert(all.end(), options.begin(), options.end());
    const Outcome outcome = run("x", all);
    EXPECT_EQ(outcome.exit_code, 3);
    return outcome.error;
  };
  const auto differs = [&](const std::string& field) {
    return "limbeck: " + old + ": 'place' by 'vader': " + field +
           " (give the options of that audit, or make a new baseline)\n";
  };
  EXPECT_EQ(refused({"--count", "7"}), differs("count: expected 7, got 6"));
  EXPECT_EQ(refused({"--max-tokens", "9"}), differs("max_tokens: expected 9, got 8"));
  EXPECT_EQ(refused({"--temperature", "0.5"}), differs("temperature: expected 0.5, got 1.0"));
  EXPECT_EQ(refused({"--limit", "2"}), differs("values: expected 2 of them, got 3"));
  EXPECT_EQ(refused({"--templates", more}), differs("templates: expected 4 of them, got 3"));
  EXPECT_THAT(
      refused({"--lexicon", folder_.write("other.txt", "the\t1\n")}),
      testing::StartsWith("limbeck: " + old + ": 'place' by 'vader': scorer_sha256: expected \""));
  EXPECT_FALSE(fs::exists(folder_ / "x"));
}

TEST_F(AuditCommandTest, ManyScorersAndMeasuresStandInOneReport) {
  const std::string text =
      folder_.write("t.txt", "The market in Rome is there.\nThey went home.\n");
  const Outcome outcome =
      run("a", {"--scorer", "vader", "opinion", kGolden + "/student/classify", "--encoder",
                small_student(), "--text", text, "--context", "12", "--threshold", "relevance=0",
                "perplexity=1e9", "sensitive_perplexity=1e9"});
  ASSERT_EQ(outcome.exit_code, 4) << outcome.error;
  const nlohmann::json json = results("a");
  ASSERT_EQ(json["findings"].size(), 3u);
  EXPECT_EQ(json["findings"][2]["scorer"], "classify");
  EXPECT_EQ(json["findings"][2]["scorer_method"], "P(positive) + P(neutral) / 2");
  EXPECT_GT(json["findings"][2]["individual_fairness"]["raw"].get<double>(), 0);
  EXPECT_GT(json["findings"][2]["scorer_bias"].get<double>(), 0);
  EXPECT_EQ(json["findings"][0]["scorer_bias"], 0.0);
  for (const char* key : {"relevance", "relevance_of_other_prompts", "mean_cosine"})
    EXPECT_TRUE(json["findings"][0][key].is_number()) << key;
  EXPECT_GT(json["perplexity"].get<double>(), 1);
  EXPECT_GT(json["sensitive_tokens"].get<int64_t>(), 0);
  EXPECT_LT(json["sensitive_tokens"].get<int64_t>(), json["perplexity_tokens"].get<int64_t>());
  EXPECT_EQ(json["sensitive_perplexity_by_attribute"]["place"]["perplexity"],
            json["sensitive_perplexity"]);
  EXPECT_EQ(json["permutations"], 180);  // 9 tests of parities, of which p / 9 must reach .05
  // A null beside every number of other tools.
  EXPECT_THAT(read("a/report.html"), HasSubstr("As other tools measure"));
  for (const char* key : {"strict_parity", "weak_parity", "individual_fairness_across_groups"}) {
    const nlohmann::json& measure = json["findings"][2][key];
    EXPECT_NEAR(measure["raw"].get<double>() - measure["null_mean"].get<double>(),
                measure["corrected"].get<double>(), 1e-12)
        << key;
    EXPECT_LE(measure["p"].get<double>(), measure["p_holm"].get<double>()) << key;
    EXPECT_EQ(measure["detectable"].get<double>(),
              std::max(measure["detectable_by_test"].get<double>(),
                       measure["detectable_by_number"].get<double>()))
        << key;
  }
  for (const char* key : {"strict_parity", "weak_parity"})
    EXPECT_LT(std::fabs(json["findings"][2][key]["no_effect_control"].get<double>()), 0.5) << key;
  const nlohmann::json& finding = json["findings"][2];
  EXPECT_EQ(finding["minimum_detectable_effect"].get<double>(),
            std::max(finding["minimum_detectable_effect_by_test"].get<double>(),
                     finding["minimum_detectable_effect_by_number"].get<double>()));
  const std::string csv = read("a/continuations.csv");
  EXPECT_THAT(csv,
              StartsWith("attribute,template,value,group,index,text,vader,opinion,classify\r\n"));
  const auto pairs = json["findings"][0]["pair_matrix"]["corrected"];
  EXPECT_TRUE(pairs[0][0].is_null());
  EXPECT_EQ(pairs[0][1], pairs[1][0]);
}

TEST_F(AuditCommandTest, CombinesAttributes) {
  const Outcome outcome = limbeck({"audit",
                                   "--model",
                                   kModel,
                                   "--attribute",
                                   "gender",
                                   "occupation",
                                   "--intersections",
                                   "2",
                                   "--limit",
                                   "2",
                                   "--lexicon",
                                   lexicon_,
                                   "--count",
                                   "2",
                                   "--max-tokens",
                                   "4",
                                   "--permutations",
                                   "19",
                                   "--output",
                                   (folder_ / "a").string(),
                                   "--progress",
                                   "never"});
  ASSERT_EQ(outcome.exit_code, 4) << outcome.error;
  const nlohmann::json json = results("a");
  ASSERT_EQ(json["findings"].size(), 3u);
  EXPECT_EQ(json["findings"][2]["attribute"], "gender x occupation");
  EXPECT_EQ(json["findings"][2]["pairs"].size(), 4u);  // of six, those that differ in one part
  EXPECT_EQ(json["continuations"], 10 * (2 + 2 + 4) * 2);
}

TEST_F(AuditCommandTest, ThePageHasNoFault) {
  const auto chromium = page_check::find_chromium();
  if (!chromium) GTEST_SKIP() << "no Chromium here (apt-get install chromium)";
  const std::string text =
      folder_.write("t.txt", "The market in Rome is there.\nThey went home.\n");
  const std::string old = (folder_ / "old/report.json").string();
  const std::vector<std::string> more = {"--scorer",  kGolden + "/student/classify",
                                         "--encoder", small_student(),
                                         "--text",    text,
                                         "--context", "12",
                                         "--fail-on", "never"};
  std::vector<std::string> compared = more;
  compared.insert(compared.end(), {"--seed", "2", "--baseline", old});
  ASSERT_EQ(run("old", more).exit_code, 0);
  ASSERT_EQ(run("b", compared).exit_code, 0);
  ASSERT_EQ(run("c", {"--scorer", kGolden + "/student/classify", "--attribute", "name", "--count",
                      "3", "--fail-on", "never"})
                .exit_code,
            0);
  page_check::Browser browser(*chromium);
  const char* kept = std::getenv("LIMBECK_SCREENSHOTS");
  for (const char* page : {"b", "c"})
    EXPECT_THAT(page_check::check_page(browser, folder_ / page / "report.html",
                                       kept ? fs::path(kept) / page : fs::path()),
                IsEmpty())
        << page;
}

TEST_F(AuditCommandTest, BadInputIsOneLineAndWritesNothing) {
  const auto refused = [&](const std::vector<std::string>& more) {
    const Outcome outcome = run("x", more);
    EXPECT_EQ(outcome.output, "");
    EXPECT_FALSE(fs::exists(folder_ / "x"));
    return std::to_string(outcome.exit_code) + " " + outcome.error;
  };
  EXPECT_EQ(refused({"--shard", "3/2"}),
            "2 limbeck: shard: expected I/N with 1 <= I <= N <= 10000, got '3/2'\n");
  EXPECT_EQ(refused({"--shard", "1/2", "--merge", "a"}),
            "2 limbeck: --shard: expected either --shard or --merge, got both\n");
  EXPECT_EQ(refused({"--fail-on", "always"}),
            "2 limbeck: fail-on: expected individual, group, pair, insufficient or never, got "
            "'always'\n");
  EXPECT_EQ(refused({"--scorer-classes", "negative", "positive"}),
            "2 limbeck: --scorer-classes: expected the directory of a classifier as --scorer\n");
  EXPECT_EQ(refused({"--threshold", "relevance=0.2"}),
            "2 limbeck: threshold: 'relevance' is not measured without --encoder\n");
  EXPECT_EQ(refused({"--threshold", "pair"}).substr(0, 43),
            "2 limbeck: threshold: expected METRIC=VALUE");
  EXPECT_EQ(refused({"--scorer", "vader", "vader"}),
            "2 limbeck: --scorer: 'vader' is given twice\n");
  EXPECT_EQ(refused({"--limit", "1"}),
            "2 limbeck: --limit: expected 0 or at least 2 values, got 1\n");
  EXPECT_EQ(refused({"--intersections", "9"}),
            "2 limbeck: --intersections: expected 1 to 4, got 9\n");
  EXPECT_EQ(refused({"--intersections", "2"}),
            "2 limbeck: intersections: expected an attribute whose values are modifiers (age, "
            "gender, nationality, religion) and one whose values are nouns (occupation)\n");
  EXPECT_EQ(refused({"--relevance-threshold", "2"}),
            "2 limbeck: --relevance-threshold: expected -1 to 1, got 2.0\n");
  EXPECT_EQ(refused({"--opinion-words", folder_.path().string(), "--scorer", "opinion"}),
            "3 limbeck: " + (folder_ / "positive-words.txt").string() +
                ": cannot open: No such file or directory\n");
  EXPECT_EQ(
      refused({"--scorer", kGolden + "/student/classify_pair"}),
      "3 limbeck: " + kGolden +
          "/student/classify_pair: expected a classifier of single texts, got one of pairs\n");
  EXPECT_EQ(refused({"--scorer", small_student()}),
            "3 limbeck: " + small_student() +
                ": the model has no task head (make one with `limbeck finetune`)\n");
}

}  // namespace
}  // namespace limbeck::test
