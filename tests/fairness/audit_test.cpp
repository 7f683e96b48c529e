#include "fairness/audit/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "fairness/audit/finding.h"
#include "fairness/score/opinion_words.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "tests/support/error_message.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::fairness {
namespace {

using limbeck::test::error_message;

TEST(Shard, PartsHoldEveryPromptOnce) {
  for (int64_t prompt = 0; prompt < 20; ++prompt) {
    int64_t held = 0;
    for (int64_t index = 1; index <= 3; ++index) held += Shard{index, 3}.holds(prompt);
    EXPECT_EQ(held, 1);
    EXPECT_TRUE(Shard{}.holds(prompt));
  }
  EXPECT_EQ(parse_shard("2/5").index, 2);
  EXPECT_EQ(parse_shard("2/5").count, 5);
  EXPECT_TRUE(parse_shard("").is_whole());
  for (const char* text : {"2", "0/3", "4/3", "a/3", "1/", "/3", "1/3 ", "-1/3", "1/99999"})
    EXPECT_EQ(error_message<ConfigError>([&] { parse_shard(text); }),
              std::string("shard: expected I/N with 1 <= I <= N <= 10000, got '") + text + "'");
}

TemplateSet two_places() {
  return parse_template_set(R"({"attribute": "place", "templates": ["In {value}", "{value} is"],
                                "values": ["Rome", "Oslo"]})",
                            "t.json");
}

/// The text of continuation i of each prompt.
WorkResults results_of(const std::vector<std::string>& rome, const std::vector<std::string>& oslo) {
  WorkResults results;
  for (int64_t m = 0; m < 2; ++m)
    for (size_t i = 0; i < rome.size(); ++i) {
      results[{"place", m, 0, static_cast<int64_t>(i)}] = {rome[i], 1, false};
      results[{"place", m, 1, static_cast<int64_t>(i)}] = {oslo[i], 1, false};
    }
  return results;
}

TEST(MergedWork, HasTheBytesOfOneRunAndNamesWhatIsMissing) {
  const test::TemporaryDirectory folder;
  const std::vector<TemplateSet> sets = {two_places()};
  const nlohmann::json settings = work_settings("m", sets, {});
  const WorkResults all = results_of({"a", "b"}, {"c", "d"});
  WorkResults odd, even;
  for (const auto& entry : all) (entry.first.value_index == 0 ? odd : even).insert(entry);
  write_work_list(folder / "one.jsonl", settings, all);
  write_work_list(folder / "odd.jsonl", settings, odd);
  write_work_list(folder / "even.jsonl", settings, even);
  write_work_list(folder / "merged.jsonl", settings,
                  merged_results({folder / "even.jsonl", folder / "odd.jsonl"}, settings, sets, 2));
  EXPECT_EQ(read_file(folder / "merged.jsonl"), read_file(folder / "one.jsonl"));
  EXPECT_EQ(
      error_message<DataError>([&] { merged_results({folder / "odd.jsonl"}, settings, sets, 2); }),
      "merge: 4 continuations are missing, first place, template 1, value 'Oslo', "
      "continuation 1 (is a shard missing or unfinished?)");
  const nlohmann::json other = work_settings("another model", sets, {});
  EXPECT_THAT(
      error_message<ConfigError>([&] { merged_results({folder / "odd.jsonl"}, other, sets, 2); }),
      testing::EndsWith("odd.jsonl: made with other settings (model, templates, seed or "
                        "sampling) than this command line's"));
}

TEST(WantedResults, LeavesOutWhatTheRunDoesNotAskFor) {
  WorkResults results = results_of({"a", "b", "c"}, {"d", "e", "f"});
  results[{"other", 0, 0, 0}] = {"x", 1, false};
  results[{"place", 7, 0, 0}] = {"y", 1, false};
  EXPECT_EQ(wanted_results({two_places()}, 2, results).size(), 8u);
}

/// Says what it is told.
class FixedScorer final : public Scorer {
 public:
  explicit FixedScorer(std::function<double(const std::string&)> rule) : rule_(std::move(rule)) {}
  std::string name() const override { return "fixed"; }
  std::string method() const override { return "fixed"; }
  std::vector<double> score(std::span<const std::string> texts) const override {
    std::vector<double> scores;
    for (const std::string& text : texts) scores.push_back(rule_(text));
    return scores;
  }

 private:
  std::function<double(const std::string&)> rule_;
};

TEST(Scoring, ADamagedScorerIsNamedWithItsPlace) {
  const WorkResults results = results_of({"a", "b"}, {"c", "d"});
  const auto refused = [&](double value) {
    const FixedScorer scorer([&](const std::string& text) { return text == "d" ? value : 0.5; });
    return error_message<DataError>([&] { score_continuations(two_places(), results, 2, scorer); });
  };
  const std::string expected =
      "scorer 'fixed', template 'In {value}', value 'Oslo': expected scores from 0 to 1 (is the "
      "scorer damaged?)";
  EXPECT_EQ(refused(std::nan("")), expected);
  EXPECT_EQ(refused(1.5), expected);
  EXPECT_EQ(refused(-INFINITY), expected);
}

TEST(ScorerBias, IsWhatTheSwappedValueDoes) {
  const WorkResults results = results_of({" fine", " bad"}, {" good", " sad"});
  const FixedScorer blind([](const std::string& text) { return text.ends_with("fine") ? 1 : 0.5; });
  EXPECT_EQ(scorer_bias(two_places(), results, blind), 0);
  const FixedScorer biased(
      [](const std::string& text) { return text.find("Rome") != std::string::npos ? 0.75 : 0.5; });
  EXPECT_NEAR(scorer_bias(two_places(), results, biased), 0.25, 1e-15);
}

TEST(OpinionWords, AreThePositiveShareOfBoth) {
  const test::TemporaryDirectory folder;
  folder.write("positive-words.txt", "; a comment\n\ngood\nna\xEFve\nwell-made\n");
  folder.write("negative-words.txt", "; a comment\nbad\r\n");
  const OpinionWordScorer scorer(folder.path());
  EXPECT_EQ(scorer.name(), "opinion");
  const std::vector<std::string> texts = {"Good, good and bad!", "nothing here", "", "BAD",
                                          "Na\u00EFve"};
  EXPECT_EQ(scorer.score(texts), (std::vector<double>{2.0 / 3, 0.5, 0.5, 0, 1}));
  const auto lexicon = folder.write("vader.txt", "good\t1.9\nbad\t-2.5\nflat\t0\n");
  EXPECT_EQ(OpinionWordScorer(lexicon).score(texts),
            (std::vector<double>{2.0 / 3, 0.5, 0.5, 0, 0.5}));
  folder.write("negative-words.txt", "; none\n");
  EXPECT_EQ(error_message<DataError>([&] { OpinionWordScorer one(folder.path()); }),
            (folder / "negative-words.txt").string() + ": expected one word a line, got none");
  const auto plain = folder.write("words.txt", "good\nbad\n");
  EXPECT_EQ(error_message<DataError>([&] { OpinionWordScorer one(plain); }),
            plain.string() + ": expected words with positive and negative ratings, a tab between");
}

// Words were once cut at hyphens, so that 226 entries of the lists of Hu & Liu could never match.
TEST(OpinionWords, EntriesOfSeveralWordsAndSignsMatchWhole) {
  const test::TemporaryDirectory folder;
  folder.write("positive-words.txt", "good\nwell-made\nstate-of-the-art\na+\nmade\n");
  folder.write("negative-words.txt", "bad\nart\nill\nf**k\nbull****\nnot worth\n");
  const OpinionWordScorer scorer(folder.path());
  const auto share = [&](const std::string& text) {
    return scorer.score(std::vector<std::string>{text, "bad"})[0];
  };
  EXPECT_EQ(share("A well-made film."), 1);
  EXPECT_EQ(share("Well\u2010made, WELL\u2011MADE"), 1);
  EXPECT_EQ(share("well - made"), 1);                   // the word "made"
  EXPECT_EQ(share("state-of-the-art, bad"), 0.5);       // one word, not "art"
  EXPECT_EQ(share("state-of-the"), 0.5);                // none
  EXPECT_EQ(share("good-for-nothing, ill-bred"), 0.5);  // parts of words that no list has
  EXPECT_EQ(share("an a+ from me"), 1);
  EXPECT_EQ(share("a"), 0.5);
  EXPECT_EQ(share("f**k this bull****!"), 0);
  EXPECT_EQ(share("**good**, good-"), 1);
  EXPECT_EQ(share("made, not worth it"), 0.5);
  EXPECT_EQ(share("well-made well-made bad"), 2.0 / 3);
}

TEST(OpinionWords, EveryEntryOfThePublishedListsMatches) {
  LIMBECK_NEEDS_SHARED_DATA("fairness/opinion_lexicon/positive-words.txt");
  const auto lists = test::shared_data() / "fairness/opinion_lexicon";
  const OpinionWordScorer scorer(lists);
  for (const auto& [name, score] :
       {std::pair("positive-words.txt", 1.0), std::pair("negative-words.txt", 0.0)}) {
    std::istringstream stream(read_file(lists / name));
    std::vector<std::string> entries;
    for (std::string line; std::getline(stream, line);) {
      const bool is_plain = std::ranges::all_of(line, [](char c) { return c > 0; });
      const bool is_in_both = line.starts_with("envious");
      if (!line.empty() && line[0] != ';' && is_plain && !is_in_both)
        entries.push_back("we say " + line + ", in short");
    }
    ASSERT_GT(entries.size(), 2000u);
    const std::vector<double> scores = scorer.score(entries);
    for (size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(scores[i], score) << entries[i];
  }
}

TEST(DistinctWords, AreThoseThatOneSideHas) {
  const std::vector<std::string> war(6, "The war, the army's war"), sea(4, "The sea is cold");
  const std::vector<DistinctWord> words = distinct_words(war, sea, 2);
  ASSERT_EQ(words.size(), 2u);
  EXPECT_EQ(words[0].word, "army's");
  EXPECT_EQ(words[0].own, 6);
  EXPECT_EQ(words[0].other, 0);
  // (6 + 1/2) / (6 + 1) over (0 + 1/2) / (4 + 1).
  EXPECT_NEAR(words[0].ratio, (6.5 / 7) / (0.5 / 5), 1e-12);
  EXPECT_EQ(words[1].word, "war");
  EXPECT_EQ(distinct_words(war, sea, 10, 7).size(), 0u);
  EXPECT_EQ(words_of("Don't stop\u2014l\u2019\u00C9t\u00E9 'quoted' 3x"),
            (std::vector<std::string>{"don't", "stop", "l'\u00E9t\u00E9", "quoted", "3x"}));
}

TEST(Parity, IsBetweenTheGroupsThatPartMost) {
  ScoreTable table;
  table.templates = {"t"};
  table.values = table.groups = {"a", "b", "c"};
  table.group = {0, 1, 2};
  table.scores = {{{0.2, 0.4}, {0.4, 0.6}, {0.6, 0.9}}};
  // W1 of a and c: (.4 + .5) / 2; above .5: none of a, both of c.
  EXPECT_NEAR(strict_parity(table).gap, 0.45, 1e-15);
  EXPECT_EQ(strict_parity(table).b, 2);
  EXPECT_EQ(weak_parity(table).gap, 1);
  EXPECT_EQ(weak_parity(table, 0.3).gap, 0.5);
}

TEST(Examined, PairsAreTestedWithIntervalControlAndPower) {
  const TemplateSet set = parse_template_set(
      R"({"attribute": "x", "templates": ["1 {value}", "2 {value}", "3 {value}", "4 {value}"],
          "values": ["a", "b", "c"]})",
      "t.json");
  ScoreTable table = empty_table(set);
  RandomStream random(1, "examined");
  for (auto& cells : table.scores)
    for (size_t a = 0; a < 3; ++a)
      for (int i = 0; i < 50; ++i) cells[a].push_back(0.5 * random.uniform() + (a == 2 ? 0.3 : 0));
  const FixedScorer scorer([](const std::string&) { return 0.5; });
  const AttributeFinding finding = examine(set, table, scorer, {});
  EXPECT_EQ(finding.design["values"], (std::vector<std::string>{"a", "b", "c"}));
  ASSERT_EQ(finding.pairs.size(), 3u);
  EXPECT_EQ(finding.pairs[0].b, 2);
  EXPECT_GT(finding.pairs[0].interval.low, 0.2);
  EXPECT_LE(finding.pairs[0].interval.low, finding.pairs[0].test.corrected());
  EXPECT_LT(finding.pairs[2].test.corrected(), 0.05);
  for (const PairFinding& pair : finding.pairs) {
    EXPECT_LT(std::fabs(pair.control), 0.05);
    EXPECT_GT(pair.test.detectable(), 0);
    EXPECT_LT(pair.test.detectable(), 0.1);
  }
  EXPECT_GT(finding.evidence.group_interval.low, 0.03);
  EXPECT_LE(finding.evidence.group_interval.low, finding.evidence.group.corrected());
  EXPECT_LT(std::fabs(finding.evidence.group_control), 0.03);
  // A pair that no permutation reaches has the p-value of the refined test.
  EXPECT_EQ(finding.pairs[0].test.p_value, 1.0 / (20 * 1000));
  // One family of all I.F. and G.F., one of all pairs.
  std::vector<AttributeFinding> two = {finding, finding};
  two[1].evidence.individual.p_value = 0.5;
  judge_findings(two, {});
  EXPECT_NEAR(two[0].evidence.individual_p.holm, 0.004, 1e-12);
  EXPECT_NEAR(two[1].evidence.individual_p.holm, 0.5, 1e-12);
  EXPECT_NEAR(two[0].evidence.group_p.bh, 0.004 / 3, 1e-12);
  EXPECT_EQ(two[0].evidence.verdict, Verdict::kFail);
  EXPECT_EQ(two[1].evidence.verdict, Verdict::kInsufficient);
  EXPECT_NEAR(two[1].pairs[0].adjusted.holm, 6.0 / 20'000, 1e-12);
  EXPECT_EQ(count_pairs(set), 3);
}

}  // namespace
}  // namespace limbeck::fairness
