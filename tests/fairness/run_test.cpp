#include <gtest/gtest.h>

#include <cmath>

#include "fairness/audit/judgement.h"
#include "nlp/core/random_stream.h"

/// Laws of whole runs: several attributes and scorers, judged together.
namespace limbeck::fairness {
namespace {

constexpr int kAttributes = 3, kScorers = 2;
constexpr size_t kTemplates = 4, kValues = 3, kCount = 5;

class NamedScorer final : public Scorer {
 public:
  explicit NamedScorer(int number) : name_(std::to_string(number)) {}
  std::string name() const override { return name_; }
  std::string method() const override { return "none"; }
  std::vector<double> score(std::span<const std::string> texts) const override {
    return std::vector<double>(texts.size(), 0.5);
  }

 private:
  std::string name_;
};

TemplateSet set_of(int number) {
  TemplateSet set;
  set.attribute = "attribute " + std::to_string(number);
  for (size_t m = 0; m < kTemplates; ++m) set.templates.push_back(std::to_string(m) + " {value}");
  for (size_t a = 0; a < kValues; ++a) {
    AttributeValue value;
    value.text = "v" + std::to_string(a);
    value.group = a % 2 == 0 ? "even" : "odd";
    set.values.push_back(value);
  }
  return set;
}

/// A run in which no score depends on a value; the scorers of an attribute agree in part, as they
/// see the same continuations.
std::vector<AttributeFinding> null_run(RandomStream& random, const AuditOptions& options) {
  std::vector<AttributeFinding> findings;
  for (int k = 0; k < kAttributes; ++k) {
    const TemplateSet set = set_of(k);
    ScoreTable first = empty_table(set), second = first;
    for (size_t m = 0; m < kTemplates; ++m)
      for (size_t a = 0; a < kValues; ++a)
        for (size_t i = 0; i < kCount; ++i) {
          first.scores[m][a].push_back(random.uniform());
          second.scores[m][a].push_back(0.5 * (first.scores[m][a].back() + random.uniform()));
        }
    findings.push_back(examine(set, first, NamedScorer(0), options));
    findings.push_back(examine(set, second, NamedScorer(1), options));
  }
  judge_findings(findings, options.verdict);
  return findings;
}

// Verdicts once rested on the plain p of each attribute and scorer, and pairs were adjusted within
// one table alone.
TEST(Run, WithoutAnEffectItsGatesFailWithProbabilityAlphaAtMost) {
  constexpr int kRounds = 80;
  AuditOptions options;
  options.verdict = {0.2, 0};  // a large alpha, to see more; the tolerance lets no failure go
  options.permutation.permutations = 99;
  options.permutation.pair_family = kAttributes * kScorers * count_pairs(set_of(0));
  int failed = 0, failed_pairs = 0, failed_parities = 0;
  for (uint64_t round = 0; round < kRounds; ++round) {
    options.permutation.seed = round;
    RandomStream random(round, "null-run");
    AuditFindings findings;
    findings.findings = null_run(random, options);
    const auto fails = [&](const std::vector<std::string>& fail_on) {
      return judge_audit(findings, {fail_on, {}}, options.verdict).verdict == Verdict::kFail;
    };
    failed += fails({"individual", "group"});
    failed_pairs += fails({"pair"});
    const GateOptions parities{
        {"individual"}, {{"individual_fairness", 1}, {"strict_parity", 0}, {"weak_parity", 0}}};
    failed_parities += judge_audit(findings, parities, options.verdict).verdict == Verdict::kFail;
  }
  // Three standard errors of a share of alpha.
  const double most = kRounds * 0.2 + 3 * std::sqrt(kRounds * 0.2 * 0.8);
  EXPECT_LE(failed, most);
  EXPECT_LE(failed_pairs, most);
  EXPECT_LE(failed_parities, most);
}

TEST(Run, PairsHaveAsManyPermutationsAsTheirFamilyNeeds) {
  PermutationOptions options;
  EXPECT_EQ(options.refined(), 20 * 1000);
  options.pair_family = 2000;  // 2000 / .05
  EXPECT_EQ(options.refined(), 40'000);
  options.pair_family = 1'000'000;
  EXPECT_EQ(options.refined(), kMostRefined);
  options.permutations = 99'999;
  EXPECT_EQ(options.refined(), 2'000'000);
}

}  // namespace
}  // namespace limbeck::fairness
