#include "fairness/report/debias_report.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fairness/report/debias_audit_sections.h"
#include "nlp/core/random_stream.h"

namespace limbeck::fairness {
namespace {

DebiasRun run_of(const std::string& variant, uint64_t seed, double perplexity) {
  return {variant,
          variant == "lambda-10" ? 10.0 : 0.0,
          seed,
          5,
          {{"perplexity", perplexity},
           {"sensitive_perplexity", perplexity + 1},
           {"embedding_cosine", 0.5}}};
}

DebiasAudit audit_of(const std::string& variant, uint64_t seed, double corrected, double relevance,
                     double mentions) {
  DebiasAudit audit{variant, "country", "vader", seed, {}, mentions, Relevance{}, {}};
  audit.evidence.individual.observed = corrected + 0.01;
  audit.evidence.individual.null_mean = 0.01;
  audit.evidence.group.observed = corrected / 2;
  audit.relevance->share = relevance;
  return audit;
}

/// Two seeds; the weight halves the distance of the control and costs some relevance.
DebiasSummary two_seeds() {
  DebiasSummary summary;
  summary.storage = "Q4_1";
  summary.runs = {run_of("before", 0, 20), run_of("control", 1, 10), run_of("lambda-10", 1, 11),
                  run_of("control", 2, 12), run_of("lambda-10", 2, 13)};
  summary.audits = {audit_of("before", 0, 0.05, 0.4, 0.2), audit_of("control", 1, 0.03, 0.5, 0.2),
                    audit_of("lambda-10", 1, 0.01, 0.3, 0.1),
                    audit_of("control", 2, 0.05, 0.3, 0.1),
                    audit_of("lambda-10", 2, 0.03, 0.2, 0.3)};
  return summary;
}

TEST(DebiasReport, MeansAreOverSeedsAndChangesAgainstTheControl) {
  const std::vector<DebiasAuditMean> means = debias_audit_means(two_seeds());
  ASSERT_EQ(means.size(), 3u);
  EXPECT_EQ(means[0].variant, "before");
  EXPECT_EQ(means[0].runs, 1);
  EXPECT_EQ(means[0].individual_deviation, 0);
  EXPECT_NEAR(*means[0].change, 0.25, 1e-12);  // .05 against .04
  const DebiasAuditMean& regularised = means[2];
  EXPECT_EQ(regularised.variant, "lambda-10");
  EXPECT_EQ(regularised.runs, 2);
  EXPECT_NEAR(regularised.individual, 0.02, 1e-12);
  EXPECT_NEAR(regularised.individual_deviation, 0.02 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(regularised.group, 0.01, 1e-12);
  EXPECT_NEAR(*regularised.relevance, 0.25, 1e-12);
  EXPECT_NEAR(regularised.mention_share, 0.2, 1e-12);
  EXPECT_NEAR(*regularised.change, -0.5, 1e-12);
}

TEST(DebiasReport, AControlWithoutADistanceHasNoShareToLose) {
  DebiasSummary summary = two_seeds();
  for (DebiasAudit& audit : summary.audits) {
    audit.evidence.individual.observed = 0.005;  // below the mean of shuffled labels
    audit.relevance.reset();
  }
  for (const DebiasAuditMean& mean : debias_audit_means(summary)) {
    EXPECT_FALSE(mean.change.has_value());
    EXPECT_FALSE(mean.relevance.has_value());
  }
  EXPECT_TRUE(relevance_trade_off(summary).points.empty());
  EXPECT_EQ(perplexity_trade_off(summary).points.size(), 5u);
}

TEST(DebiasReport, EveryMeasureOfTheTradeOffStandsInOneRow) {
  const nlp::TableBlock table = before_and_after_table(two_seeds());
  ASSERT_EQ(table.rows.size(), 3u);
  std::vector<std::string> labels;
  for (const nlp::TableColumn& column : table.columns) labels.push_back(column.label);
  EXPECT_EQ(labels,
            (std::vector<std::string>{"model", "attribute", "scorer", "PPL", "PPL^s", "I.F.", "sd",
                                      "G.F.", "S.S.", "S.S.^c", "I.F. against control"}));
  const auto number = [&](size_t row, size_t column) {
    return std::get<nlp::Measurement>(table.rows[row][column]).value();
  };
  EXPECT_EQ(std::get<std::string>(table.rows[1][0]), "control, weight 0");
  EXPECT_NEAR(number(1, 3), 11, 1e-12);
  EXPECT_NEAR(number(1, 4), 12, 1e-12);
  EXPECT_NEAR(number(1, 5), 0.04, 1e-12);
  EXPECT_NEAR(number(2, 10), -50, 1e-9);
  EXPECT_EQ(individual_audit_table(two_seeds()).rows.size(), 5u);
  EXPECT_EQ(group_audit_table(two_seeds()).rows.size(), 5u);
}

// A second scorer that finds twice the distances: rows of its own, each against its own control.
TEST(DebiasReport, EveryScorerHasItsOwnMeansAndDifferences) {
  DebiasSummary summary = two_seeds();
  for (DebiasAudit audit : two_seeds().audits) {
    audit.scorer = "classifier";
    audit.evidence.individual.observed += audit.evidence.individual.corrected();
    summary.audits.push_back(audit);
  }
  const std::vector<DebiasAuditMean> means = debias_audit_means(summary);
  ASSERT_EQ(means.size(), 6u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(means[i].scorer, "vader");
    EXPECT_EQ(means[i + 3].scorer, "classifier");
    EXPECT_EQ(means[i + 3].runs, means[i].runs);
    EXPECT_NEAR(means[i + 3].individual, 2 * means[i].individual, 1e-12);
    EXPECT_NEAR(*means[i + 3].change, *means[i].change, 1e-12);
  }
  EXPECT_EQ(before_and_after_table(summary).rows.size(), 6u);
  EXPECT_EQ(debias_results(summary)["audits"][9]["scorer"], "classifier");
}

/// An audit of two groups that differ by `effect` in each of ten templates.
DebiasAudit measured_audit(const std::string& variant, uint64_t seed, double effect) {
  RandomStream random(seed, variant);
  DebiasAudit audit{variant, "country", "vader", seed, {}, 0, {}, {}};
  ScoreTable& table = audit.table;
  table.values = table.groups = {"a", "b", "c"};
  table.group = {0, 1, 2};
  for (int m = 0; m < 10; ++m) {
    table.templates.push_back(std::to_string(m));
    table.scores.emplace_back(3);
    for (size_t a = 0; a < 3; ++a)
      for (int i = 0; i < 20; ++i)
        table.scores.back()[a].push_back(0.5 * random.uniform() + (a == 2 ? effect : 0));
  }
  audit.evidence = gather_evidence(table, {199, seed, 0.05}, {});
  return audit;
}

TEST(DebiasReport, WeightsArePairedWithTheControlOfTheirSeed) {
  DebiasSummary summary = two_seeds();
  summary.audits = {measured_audit("before", 0, 0.3)};
  for (const uint64_t seed : {1, 2}) {
    summary.audits.push_back(measured_audit("control", seed, 0.3));
    summary.audits.push_back(measured_audit("lambda-10", seed, 0.1));
  }
  summary.differences = debias_differences(summary.audits, {});
  ASSERT_EQ(summary.differences.size(), 1u);
  const DebiasDifference& one = summary.differences[0];
  EXPECT_EQ(one.variant, "lambda-10");
  const std::vector<DebiasAuditMean> means = debias_audit_means(summary);
  EXPECT_NEAR(one.individual.difference, means[2].individual - means[1].individual, 1e-12);
  EXPECT_NEAR(one.group.difference, means[2].group - means[1].group, 1e-12);
  for (const PairedDifference& result : {one.individual, one.group}) {
    EXPECT_LT(result.interval.high, -0.05);
    EXPECT_LT(result.interval.low, result.difference);
    EXPECT_LT(result.difference, result.interval.high);
    EXPECT_EQ(result.p_value, 1.0 / 1024);  // every template is fairer
    EXPECT_EQ(result.adjusted.holm, 2.0 / 1024);
  }
  const nlp::TableBlock table = difference_table(summary);
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(std::get<std::string>(table.rows[1][3]), "G.F.");
  const nlohmann::ordered_json json = debias_results(summary);
  EXPECT_EQ(json["against_control"][0]["group_fairness"]["p"], 1.0 / 1024);
  EXPECT_NEAR(json["before_and_after"][2]["individual_fairness_raw"].get<double>() -
                  json["before_and_after"][2]["individual_fairness_null_mean"].get<double>(),
              means[2].individual, 1e-12);
}

// G.F. once stood without interval, p and verdict, and nothing had a control beside it.
TEST(DebiasReport, GroupFairnessHasIntervalTestVerdictAndControl) {
  DebiasSummary summary = two_seeds();
  summary.permutations = 999;
  summary.audits = {measured_audit("before", 0, 0.3)};
  const nlp::TableBlock groups = group_audit_table(summary);
  std::vector<std::string> labels;
  for (size_t i = 4; i < groups.columns.size(); ++i) labels.push_back(groups.columns[i].label);
  EXPECT_EQ(labels, (std::vector<std::string>{"raw", "without effect", "corrected", "from", "to",
                                              "p (Holm)", "verdict"}));
  EXPECT_EQ(std::get<std::string>(groups.rows[0].back()), "fail");
  EXPECT_EQ(groups.note.find("--permutations"), std::string::npos);
  const nlp::TableBlock controls = audit_control_table(summary);
  const Evidence& evidence = summary.audits[0].evidence;
  EXPECT_EQ(std::get<nlp::Measurement>(controls.rows[0][4]).value(), evidence.control);
  EXPECT_EQ(std::get<nlp::Measurement>(controls.rows[0][5]).value(), evidence.individual.visible());
  EXPECT_EQ(std::get<nlp::Measurement>(controls.rows[0][6]).value(), evidence.group_control);
  EXPECT_EQ(std::get<nlp::Measurement>(controls.rows[0][7]).value(), evidence.group.visible());
  EXPECT_EQ(audit_relevance_table(summary).columns.size(), 8u);
  const nlohmann::ordered_json audit = debias_results(summary)["audits"][0];
  EXPECT_EQ(audit["group_verdict"], "fail");
  EXPECT_GT(audit["group_interval"][0].get<double>(), 0.02);
  EXPECT_EQ(audit["group_no_effect_control"], evidence.group_control);
  EXPECT_EQ(audit["group_fairness"]["detectable"], evidence.group.visible());
  // 78 tests with 999 permutations once said nothing of what they could not show.
  for (int i = 1; i < 39; ++i) summary.audits.push_back(summary.audits[0]);
  for (const nlp::TableBlock& table : {individual_audit_table(summary), group_audit_table(summary)})
    EXPECT_NE(table.note.find("With 999 permutations no p by Holm of 78 tests can reach alpha"),
              std::string::npos);
}

TEST(DebiasReport, SaysWhatPrecisionTrainingStartedFrom) {
  DebiasSummary summary = two_seeds();
  EXPECT_EQ(starting_weights(summary), "Q4_1, dequantised to float32 for training");
  EXPECT_EQ(debias_results(summary)["starting_weights"],
            "Q4_1, dequantised to float32 for training");
  summary.storage = "F32";
  EXPECT_EQ(starting_weights(summary), "F32");
}

}  // namespace
}  // namespace limbeck::fairness
