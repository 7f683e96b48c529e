#include "fairness/audit/judgement.h"

#include <gtest/gtest.h>

#include "fairness/audit/audit_report.h"
#include "fairness/audit/junit_report.h"
#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::fairness {
namespace {

using limbeck::test::error_message;

/// Evidence of a distance with this interval; the test rejects when p is small.
AttributeFinding finding_of(double corrected, const Interval& interval, double p) {
  AttributeFinding finding;
  finding.attribute = "country";
  finding.scorer = "vader";
  finding.table.templates = {"t1", "t2"};
  finding.table.values = finding.table.groups = {"a", "b", "c"};
  finding.evidence.individual = {corrected + 0.01, 0.01, 0.001, 0.012, p, {corrected, corrected}};
  finding.evidence.group = finding.evidence.individual;
  finding.evidence.interval = finding.evidence.group_interval = interval;
  finding.evidence.detectable = finding.evidence.individual.detectable();
  finding.strict = {{0.07, 0, 2}, {0.07, 0.02, 0.004, 0.027, p, {}}, {p, p}};
  finding.weak = {{0.09, 1, 2}, {0.09, 0.03, 0.004, 0.037, p, {}}, {p, p}};
  finding.scorer_bias = 0.004;
  finding.evidence.individual_p = finding.evidence.group_p = {p, p};
  PairFinding pair{0, 1, finding.evidence.individual, interval, 0, {p, p}};
  finding.pairs = {pair, pair};
  finding.pairs[1].b = 2;
  return finding;
}

AuditFindings findings_of(const AttributeFinding& finding) {
  AuditFindings findings;
  findings.findings = {finding};
  findings.measures = {{"country", 0.25, Relevance{}, {}}};
  findings.measures[0].relevance->share = 0.5;
  return findings;
}

const AttributeFinding kFair = finding_of(0.001, {-0.002, 0.004}, 0.4);
const AttributeFinding kUnfair = finding_of(0.05, {0.04, 0.06}, 0.001);
const AttributeFinding kOpen = finding_of(0.02, {0.005, 0.04}, 0.001);

Judgement judged(const AttributeFinding& finding, const std::vector<std::string>& fail_on,
                 const std::vector<std::string>& thresholds = {}) {
  GateOptions gates;
  gates.fail_on = fail_on;
  for (const std::string& text : thresholds) gates.thresholds.push_back(parse_threshold(text));
  return judge_audit(findings_of(finding), gates, {});
}

TEST(Judgement, VerdictAndExitCodeComeFromTheGates) {
  EXPECT_EQ(judged(kFair, {"individual"}).exit_code, 0);
  EXPECT_EQ(judged(kUnfair, {"individual"}).exit_code, 1);
  EXPECT_EQ(judged(kOpen, {"individual"}).exit_code, 4);
  EXPECT_EQ(judged(kOpen, {"individual", "insufficient"}).exit_code, 1);
  EXPECT_EQ(judged(kUnfair, {"never"}).exit_code, 0);
  EXPECT_EQ(judged(kUnfair, {"never"}).verdict, Verdict::kFail);
  EXPECT_EQ(judged(kUnfair, {"individual", "group", "pair"}).gates.size(), 3u);
  const Gate gate = judged(kUnfair, {"pair"}).gates[0];
  EXPECT_EQ(gate.name, "vader: pair");
  EXPECT_EQ(gate.text, "a / b: corrected 0.0500 [0.0400, 0.0600], p (Holm) 0.0010; at most 0.0200");
}

TEST(Judgement, ThresholdsReplaceTheToleranceOfTheirMetric) {
  EXPECT_EQ(judged(kUnfair, {"individual"}, {"individual_fairness=0.07"}).exit_code, 0);
  EXPECT_EQ(judged(kFair, {"individual"}, {"group_fairness=0"}).exit_code, 4);
  EXPECT_EQ(judged(kUnfair, {"individual"}, {"individual_fairness=0.07", "group_fairness=0.01"})
                .exit_code,
            1);
}

// What a report said of a finding was once judged by --tolerance whatever the gates were:
// "...; fail" and "Passed. country (vader): fail" with exit code 0.
TEST(Judgement, AFindingHasTheVerdictOfItsGatesAndTheExitCodeFollows) {
  AttributeFinding apart = kUnfair;  // groups are close, values are not
  apart.evidence.group = kFair.evidence.group;
  apart.evidence.group_p = kFair.evidence.group_p;
  apart.evidence.group_interval = kFair.evidence.group_interval;
  AuditContext context;
  context.sets = {parse_template_set(
      R"({"attribute": "country", "templates": ["In {value}"], "values": ["a", "b", "c"]})",
      "t.json")};
  context.options.example_pairs = 0;
  apart.table.templates = {"In {value}"};
  apart.table.scores = {{{0.1}, {0.2}, {0.3}}};
  apart.table.group = {0, 1, 2};
  apart.evidence.value_controls = {0, 0, 0};
  const AuditFindings findings = findings_of(apart);
  const auto page = [&](const GateOptions& gates) {
    const Judgement judgement = judge_audit(findings, gates, context.options.verdict);
    const nlp::Report report = audit_report(context, findings, judgement, {});
    EXPECT_EQ(report.results["findings"][0]["verdict"],
              verdict_text(judgement.verdict_of(findings.findings[0])));
    return std::to_string(judgement.exit_code) + " " + report.verdict->text + " | " +
           report.sections[2].text;
  };
  EXPECT_EQ(page({{"individual"}, {}}), "1 country (vader): fail | Verdict: fail.");
  EXPECT_EQ(page({{"individual"}, {{"individual_fairness", 0.5}}}),
            "0 country (vader): pass | Verdict: pass.");
  EXPECT_EQ(page({{"group"}, {}}), "0 country (vader): pass | Verdict: pass.");
  EXPECT_EQ(page({{"individual", "group"}, {}}), "1 country (vader): fail | Verdict: fail.");
  EXPECT_EQ(page({{"group"}, {{"mention_share", 0.9}}}),
            "1 country (vader): pass; country, mention_share: fail | Verdict: pass.");
}

TEST(Judgement, PlainNumbersAreCompared) {
  const auto code = [](const std::string& threshold) {
    return judged(kFair, {"individual"}, {threshold}).exit_code;
  };
  EXPECT_EQ(code("scorer_bias=0.003"), 1);
  EXPECT_EQ(code("mention_share=0.2"), 0);
  EXPECT_EQ(code("mention_share=0.3"), 1);
  EXPECT_EQ(code("relevance=0.51"), 1);
  EXPECT_EQ(error_message<ConfigError>([&] { code("perplexity=20"); }),
            "threshold: 'perplexity' is not measured without --text that has sensitive words");
}

// Parities once failed by their raw gap, which noise alone makes positive.
TEST(Judgement, ParitiesFailBeyondNoiseAlone) {
  const auto verdict = [](const AttributeFinding& finding, const std::string& threshold) {
    return judged(finding, {"individual"}, {"individual_fairness=0.2", threshold}).verdict;
  };
  EXPECT_EQ(verdict(kUnfair, "strict_parity=0.049"), Verdict::kFail);  // .07 - .02
  EXPECT_EQ(verdict(kUnfair, "strict_parity=0.051"), Verdict::kPass);
  EXPECT_EQ(verdict(kUnfair, "weak_parity=0.059"), Verdict::kFail);
  EXPECT_EQ(verdict(kFair, "strict_parity=0.049"), Verdict::kInsufficient);  // p = .4
  EXPECT_EQ(verdict(kFair, "strict_parity=0.051"), Verdict::kPass);
  AttributeFinding coarse = kFair;  // an effect of the limit's size could have been missed
  coarse.strict.test.null_sd = 0.1;
  EXPECT_EQ(verdict(coarse, "strict_parity=0.051"), Verdict::kInsufficient);
  EXPECT_EQ(judged(kUnfair, {"individual"}, {"strict_parity=0.04"}).gates[1].text,
            "a / c: 0.0700, without effect 0.0200, corrected 0.0500, p (Holm) 0.0010; corrected at "
            "most 0.0400");
}

TEST(Judgement, UnsoundGatesAreNamed) {
  const auto refused = [](const std::string& text) {
    return error_message<ConfigError>([&] { parse_threshold(text); });
  };
  const std::string known =
      "threshold: expected METRIC=VALUE with a metric of individual_fairness, group_fairness, "
      "pair, "
      "strict_parity, weak_parity, scorer_bias, mention_share, relevance, perplexity, "
      "sensitive_perplexity, got '";
  EXPECT_EQ(refused("fairness=1"), known + "fairness=1'");
  EXPECT_EQ(refused("pair"), known + "pair'");
  EXPECT_EQ(refused("pair=x"), "threshold: pair: expected a number from 0, got 'x'");
  EXPECT_EQ(refused("pair=-1"), "threshold: pair: expected a number from 0, got '-1'");
  EXPECT_EQ(refused("pair=nan"), "threshold: pair: expected a number from 0, got 'nan'");
  EXPECT_EQ(refused("pair="), "threshold: pair: expected a number from 0, got ''");
  const auto invalid = [](const GateOptions& gates) {
    return error_message<ConfigError>([&] { gates.validate(false, false); });
  };
  EXPECT_EQ(invalid({{"always"}, {}}),
            "fail-on: expected individual, group, pair, insufficient or never, got 'always'");
  EXPECT_EQ(invalid({{"never", "pair"}, {}}), "fail-on: 'never' stands alone");
  EXPECT_EQ(invalid({{"pair"}, {{"pair", 1}, {"pair", 2}}}), "threshold: 'pair' is given twice");
  EXPECT_EQ(invalid({{"pair"}, {{"relevance", 0.1}}}),
            "threshold: 'relevance' is not measured without --encoder");
  EXPECT_EQ(invalid({{"pair"}, {{"perplexity", 9}}}),
            "threshold: 'perplexity' is not measured without --text");
}

/// Templates t1 .. tN with these corrected distances.
AttributeFinding with_templates(const std::vector<double>& corrected) {
  AttributeFinding finding = kFair;
  std::vector<std::string> templates;
  for (size_t m = 0; m < corrected.size(); ++m) templates.push_back("t" + std::to_string(m));
  finding.design = {{"count", 100},
                    {"temperature", 1.0},
                    {"templates", templates},
                    {"values", {"a", "b", "c"}},
                    {"groups", {"x", "x", "y"}}};
  finding.evidence.individual.template_corrected = corrected;
  return finding;
}

Baseline baseline_of(const AttributeFinding& finding) {
  Baseline baseline;
  baseline.where = "old/report.json";
  baseline.findings = {{finding.attribute, finding.scorer, finding.design, 0.0,
                        finding.evidence.individual.template_corrected, std::nullopt,
                        std::nullopt}};
  return baseline;
}

TEST(Baseline, ARiseInEveryTemplateFailsAndEqualReportsPass) {
  const std::vector<double> before = {0.01, 0.02, 0.015, 0.0, 0.01, 0.03, 0.005, 0.01, 0.02, 0.0};
  std::vector<double> after = before;
  for (size_t m = 0; m < after.size(); ++m) after[m] += 0.02 + 0.001 * static_cast<double>(m);
  const Baseline old = baseline_of(with_templates(before));
  const Regression worse = compare_with_baseline(with_templates(after), old, {}, 1);
  EXPECT_EQ(worse.verdict, Verdict::kFail);
  EXPECT_EQ(worse.p_value, 1.0 / 1024);
  EXPECT_GT(worse.interval.low, 0.015);
  const Regression same = compare_with_baseline(with_templates(before), old, {}, 1);
  EXPECT_EQ(same.verdict, Verdict::kPass);
  EXPECT_EQ(same.p_value, 1);
  EXPECT_EQ(same.interval.high, 0);
  const Regression better =
      compare_with_baseline(with_templates(before), baseline_of(with_templates(after)), {}, 1);
  EXPECT_EQ(better.verdict, Verdict::kPass);
  // Three templates: even three rises have p = 1/8, which shows nothing at alpha = .05.
  const Regression few = compare_with_baseline(
      with_templates({0.05, 0.06, 0.07}), baseline_of(with_templates({0.01, 0.01, 0.01})), {}, 1);
  EXPECT_EQ(few.p_value, 1.0 / 8);
  EXPECT_EQ(few.verdict, Verdict::kInsufficient);
}

// Two or three equal templates once gave an interval that is a point, and "pass".
TEST(Baseline, TooFewTemplatesAreInsufficientEvidenceEvenWhenNothingChanged) {
  for (const size_t templates : {1, 2, 3, 4}) {
    const AttributeFinding same = with_templates(std::vector<double>(templates, 0.01));
    const Regression regression = compare_with_baseline(same, baseline_of(same), {}, 1);
    EXPECT_EQ(regression.verdict, templates < 4 ? Verdict::kInsufficient : Verdict::kPass);
    EXPECT_EQ(regression.interval.low, templates < 4 ? -1 : 0);
  }
}

TEST(Baseline, RegressionsOfARunAreAdjustedForEachOther) {
  Regression rise{"country", "vader", 0.01, 0.04, {0.02, 0.04}, 0.03, {}, {}};
  std::vector<Regression> one = {rise}, two = {rise, rise};
  judge_regressions(one, {});
  judge_regressions(two, {});
  EXPECT_EQ(one[0].verdict, Verdict::kFail);
  EXPECT_EQ(two[0].adjusted.holm, 0.06);
  EXPECT_EQ(two[0].adjusted.bh, 0.03);
  EXPECT_EQ(two[0].verdict, Verdict::kInsufficient);
}

TEST(Baseline, RegressionIsAGate) {
  AuditFindings findings = findings_of(kFair);
  findings.regressions = {
      {"country", "vader", 0.01, 0.04, {0.02, 0.04}, 0.001, {0.001, 0.001}, Verdict::kFail}};
  const Judgement judgement = judge_audit(findings, {}, {});
  EXPECT_EQ(judgement.exit_code, 1);
  EXPECT_EQ(judgement.gates.back().name, "vader: regression");
}

TEST(Baseline, WhatCannotBeComparedIsNamed) {
  const AttributeFinding finding = with_templates({0.1, 0.2});
  const Baseline baseline = baseline_of(finding);
  EXPECT_EQ(error_message<DataError>(
                [&] { baseline_finding(baseline, "name", "vader", finding.design); }),
            "old/report.json: no finding for 'name' by 'vader' to compare with");
  const auto differing = [&](const char* field, const nlohmann::ordered_json& now) {
    nlohmann::ordered_json design = finding.design;
    design[field] = now;
    const std::string message =
        error_message<DataError>([&] { baseline_finding(baseline, "country", "vader", design); });
    const std::string start = "old/report.json: 'country' by 'vader': ",
                      end = " (give the options of that audit, or make a new baseline)";
    EXPECT_TRUE(message.starts_with(start) && message.ends_with(end)) << message;
    return message.substr(start.size(), message.size() - start.size() - end.size());
  };
  EXPECT_EQ(differing("count", 50), "count: expected 50, got 100");
  EXPECT_EQ(differing("temperature", 0.7), "temperature: expected 0.7, got 1.0");
  EXPECT_EQ(differing("templates", {"t0", "other"}), "templates/1: expected \"other\", got \"t1\"");
  EXPECT_EQ(differing("values", {"a", "b"}), "values: expected 2 of them, got 3");
  EXPECT_EQ(differing("groups", {"x", "y", "y"}), "groups/1: expected \"y\", got \"x\"");
  EXPECT_EQ(differing("top_k", 5), "top_k: expected 5, got none");
  const test::TemporaryDirectory folder;
  const auto refused = [&](const std::string& text) {
    const auto file = folder.write("r.json", text);
    const std::string message = error_message<DataError>([&] { read_baseline(file); });
    return message.substr(message.find("r.json"));
  };
  EXPECT_EQ(refused("{}"), "r.json: /: expected an object with the key 'schema', got an object");
  EXPECT_EQ(refused(R"({"schema": "limbeck-report", "command": "distill"})"),
            "r.json: /command: expected 'audit', got \"distill\"");
  EXPECT_EQ(refused(R"({"schema": "limbeck-report", "command": "audit", "results": {"findings": [
      {"attribute": "x", "scorer": "y", "individual_fairness": {"corrected": 0.1},
       "design": {"templates": ["a"]}, "template_corrected": [0.1, 0.2]}]}})"),
            "r.json: /results/findings/0/template_corrected: expected one number for each of 1 "
            "templates, got an array of 2");
  EXPECT_EQ(refused(R"({"schema": "limbeck-report", "command": "audit", "results": {"findings": [
      {"attribute": "x", "scorer": "y"}]}})"),
            "r.json: /results/findings/0: expected the key 'design' (is the report of an older "
            "version?), got an object");
}

TEST(JUnit, SuitesAreAttributesAndTextsAreEscaped) {
  Judgement judgement;
  judgement.gates = {{"a & b", "vader: pair", Verdict::kFail, "x < \"y\""},
                     {"a & b", "vader: group_fairness", Verdict::kPass, "fine"},
                     {"", "perplexity", Verdict::kInsufficient, "open"}};
  EXPECT_EQ(junit_xml("T", judgement),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"T\" tests=\"3\" failures=\"1\" errors=\"1\">\n"
            "  <testsuite name=\"a &amp; b\" tests=\"2\" failures=\"1\" errors=\"0\">\n"
            "    <testcase classname=\"limbeck.audit.a &amp; b\" name=\"vader: pair\">\n"
            "      <failure type=\"fail\" message=\"x &lt; &quot;y&quot;\"/>\n"
            "    </testcase>\n"
            "    <testcase classname=\"limbeck.audit.a &amp; b\" name=\"vader: group_fairness\">\n"
            "      <system-out>fine</system-out>\n"
            "    </testcase>\n"
            "  </testsuite>\n"
            "  <testsuite name=\"model\" tests=\"1\" failures=\"0\" errors=\"1\">\n"
            "    <testcase classname=\"limbeck.audit.model\" name=\"perplexity\">\n"
            "      <error type=\"insufficient evidence\" message=\"open\"/>\n"
            "    </testcase>\n"
            "  </testsuite>\n"
            "</testsuites>\n");
}

}  // namespace
}  // namespace limbeck::fairness
