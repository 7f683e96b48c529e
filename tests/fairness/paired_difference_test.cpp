#include "fairness/statistics/paired_difference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fairness/statistics/sign_flip.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "tests/support/error_message.h"

namespace limbeck::fairness {
namespace {

/// Three values, the last of which is moved by `effect`, which varies from template to template.
struct Audited {
  Audited(RandomStream& random, size_t templates, int count, double effect) {
    table.values = table.groups = {"a", "b", "c"};
    table.group = {0, 1, 2};
    for (size_t m = 0; m < templates; ++m) {
      table.templates.push_back(std::to_string(m));
      table.scores.emplace_back(3);
      const double own = effect * (0.5 + random.uniform());
      for (size_t a = 0; a < 3; ++a)
        for (int i = 0; i < count; ++i)
          table.scores.back()[a].push_back(0.5 * random.uniform() + (a == 2 ? own : 0));
    }
    const PermutationOptions options{99, 1, 0.05};
    evidence.individual = test_individual_fairness(table, options);
    evidence.group = test_group_fairness(table, options);
  }

  ScoreTable table;
  Evidence evidence;
};

PairedAudit pair_of(const Audited& audit, const Audited& control) {
  return {&audit.table, &audit.evidence, &control.table, &control.evidence};
}

TEST(SignFlip, OfAStatisticIsThatOfTheMean) {
  const std::vector<double> differences = {0.3, -0.1, 0.25, 0.4, -0.05, 0.2};
  const auto sum = [&](const std::vector<bool>& is_flipped) {
    double total = 0;
    for (size_t i = 0; i < differences.size(); ++i)
      total += is_flipped[i] ? -differences[i] : differences[i];
    return total;
  };
  EXPECT_EQ(sign_flip_p_value(6, sum, 1), sign_flip_p_value(differences, 1));
  EXPECT_EQ(sign_flip_p_value(0, sum, 1), 1);
  // Beyond ten clusters patterns are drawn: (1 + hits) / 1000.
  EXPECT_EQ(sign_flip_p_value(
                30,
                [](const std::vector<bool>& is_flipped) {
                  return -static_cast<double>(std::ranges::count(is_flipped, true));
                },
                1),
            1e-3);
}

TEST(PairedDifference, IsThatOfTheCorrectedDistances) {
  RandomStream random(1, "paired");
  const Audited a(random, 6, 20, 0.2), b(random, 6, 20, 0.05), c(random, 6, 20, 0.2),
      d(random, 6, 20, 0.1);
  const std::vector<PairedAudit> pairs = {pair_of(b, a), pair_of(d, c)};
  const auto mean = [&](PermutationResult Evidence::*test) {
    return ((b.evidence.*test).corrected() - (a.evidence.*test).corrected() +
            (d.evidence.*test).corrected() - (c.evidence.*test).corrected()) /
           2;
  };
  const PairedDifference individual = individual_difference(pairs, {}),
                         group = group_difference(pairs, {});
  EXPECT_NEAR(individual.difference, mean(&Evidence::individual), 1e-12);
  EXPECT_NEAR(group.difference, mean(&Evidence::group), 1e-12);
  EXPECT_LT(individual.interval.high, 0);
  EXPECT_LT(group.interval.high, 0);
  EXPECT_EQ(individual.p_value, 1.0 / 64);
  EXPECT_EQ(group.p_value, 1.0 / 64);
  // The other way round nothing became fairer.
  const PairedDifference worse = group_difference({pair_of(a, b)}, {});
  EXPECT_GT(worse.interval.low, 0);
  EXPECT_GT(worse.p_value, 0.9);
}

TEST(PairedDifference, FewTemplatesHaveNoIntervalAndOthersAreNamed) {
  RandomStream random(2, "few");
  const Audited a(random, 3, 10, 0.1), b(random, 3, 10, 0.1), c(random, 4, 10, 0.1);
  for (const PairedDifference& result :
       {individual_difference({pair_of(a, b)}, {}), group_difference({pair_of(a, b)}, {})}) {
    EXPECT_EQ(result.interval.low, -1);
    EXPECT_EQ(result.interval.high, 1);
    EXPECT_GE(result.p_value, 1.0 / 8);
  }
  EXPECT_EQ(test::error_message<ConfigError>([&] { group_difference({pair_of(a, c)}, {}); }),
            "difference: expected audits of the same templates");
  EXPECT_EQ(test::error_message<ConfigError>([&] { individual_difference({}, {}); }),
            "difference: expected at least one pair of audits");
}

// The test once compared raw distances, whose floor falls with the spread of the scores: a model
// whose scores are only drawn together looked fairer.
TEST(PairedDifference, ScoresDrawnTogetherAreNotFairer) {
  RandomStream random(3, "narrow");
  const Audited wide(random, 8, 12, 0);
  Audited narrow(random, 8, 12, 0);
  for (auto& cells : narrow.table.scores)
    for (std::vector<double>& cell : cells)
      for (double& score : cell) score = 0.25 + 0.1 * score;
  const PermutationOptions options{99, 1, 0.05};
  narrow.evidence.individual = test_individual_fairness(narrow.table, options);
  narrow.evidence.group = test_group_fairness(narrow.table, options);
  EXPECT_LT(narrow.evidence.group.observed, wide.evidence.group.observed / 2);
  EXPECT_GT(group_difference({pair_of(narrow, wide)}, {}).p_value, 0.1);
  EXPECT_GT(individual_difference({pair_of(narrow, wide)}, {}).p_value, 0.1);
}

TEST(PairedDifference, EqualModelsGiveUniformPValues) {
  // Kolmogorov's distance; its 99.9 % point at n = 80 is .215.
  std::vector<double> individual, group;
  for (uint64_t round = 0; round < 80; ++round) {
    RandomStream random(round, "equal");
    const Audited a(random, 7, 6, 0.1), b(random, 7, 6, 0.1);
    individual.push_back(individual_difference({pair_of(a, b)}, {}).p_value);
    group.push_back(group_difference({pair_of(a, b)}, {}).p_value);
  }
  for (std::vector<double>* p_values : {&individual, &group}) {
    std::ranges::sort(*p_values);
    double distance = 0;
    for (size_t i = 0; i < p_values->size(); ++i)
      distance =
          std::max(distance, std::fabs((*p_values)[i] - (static_cast<double>(i) + 0.5) / 80));
    EXPECT_LT(distance, 0.215);
  }
}

}  // namespace
}  // namespace limbeck::fairness
