#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "fairness/metric/parity.h"
#include "fairness/metric/wasserstein.h"
#include "fairness/statistics/bootstrap.h"
#include "fairness/statistics/sign_flip.h"
#include "fairness/statistics/sorted_pool.h"
#include "fairness/statistics/verdict.h"
#include "nlp/core/random_stream.h"

/// Laws of the tests under simulation, and numbers of scipy from given resamples.
namespace limbeck::fairness {
namespace {

/// Four values of two groups; `effect` moves the scores of the second group.
ScoreTable simulated(RandomStream& random, int64_t templates, int64_t count, double effect) {
  ScoreTable table;
  table.values = {"a", "b", "c", "d"};
  table.groups = {"x", "y"};
  table.group = {0, 0, 1, 1};
  for (int64_t m = 0; m < templates; ++m) {
    table.templates.push_back(std::to_string(m));
    table.scores.emplace_back();
    for (size_t a = 0; a < 4; ++a) {
      std::vector<double> cell;
      for (int64_t i = 0; i < count; ++i)
        cell.push_back(0.8 * random.uniform() + (table.group[a] == 1 ? effect : 0.0));
      table.scores.back().push_back(cell);
    }
  }
  return table;
}

/// Kolmogorov's distance of p-values from the uniform distribution; its 99.9 % point at n = 200 is
/// .137.
double distance_from_uniform(std::vector<double> p_values) {
  std::sort(p_values.begin(), p_values.end());
  double distance = 0;
  const auto count = static_cast<double>(p_values.size());
  for (size_t i = 0; i < p_values.size(); ++i)
    distance = std::max(distance, std::fabs(p_values[i] - (static_cast<double>(i) + 0.5) / count));
  return distance;
}

TEST(SortedPool, DistancesAreThoseOfTheCells) {
  RandomStream random(1, "pool");
  ScoreTable table = simulated(random, 3, 7, 0.1);
  table.scores[1][2].resize(3);                   // unequal sizes
  table.scores[0][0][1] = table.scores[0][3][2];  // a tie
  double sum = 0;
  for (const auto& cells : table.scores) {
    const SortedPool pool(cells);
    sum += pool.mean_pair_distance(pool.labels);
    const std::vector<double> pair[] = {cells[0], cells[2]};
    const SortedPool two(pair);
    EXPECT_NEAR(two.mean_pair_distance(two.labels), wasserstein1(cells[0], cells[2]), 1e-14);
  }
  EXPECT_NEAR(sum / 3, individual_fairness(table), 1e-14);
  const PooledOrder order(table);
  std::vector<std::vector<int32_t>> labels;
  for (const SortedPool& pool : order.pools()) labels.push_back(pool.labels);
  EXPECT_NEAR(order.group_fairness(labels, std::vector<int64_t>{1, 1, 1}), group_fairness(table),
              1e-14);
  // A template that counts twice is one that stands there twice.
  ScoreTable twice = table;
  twice.templates.push_back("again");
  twice.scores.push_back(table.scores[1]);
  EXPECT_NEAR(order.group_fairness(labels, std::vector<int64_t>{1, 2, 1}), group_fairness(twice),
              1e-14);
  ScoreTable without = table;
  without.templates.erase(without.templates.begin());
  without.scores.erase(without.scores.begin());
  EXPECT_NEAR(order.group_fairness(labels, std::vector<int64_t>{0, 1, 1}), group_fairness(without),
              1e-14);
}

// I.F. of an intersection once took pairs that differ in both parts, which no pair table shows.
TEST(Permutation, IntersectionsCompareValuesThatDifferInOnePart) {
  RandomStream random(9, "parts");
  ScoreTable table = simulated(random, 3, 12, 0.1);  // groups {a, b} and {c, d}
  table.parts = {{"x", "1"}, {"x", "2"}, {"y", "1"}, {"y", "2"}};
  ASSERT_EQ(value_pairs(table).size(), 4u);  // of six: not a / d, b / c
  double sum = 0, across = 0;
  for (const auto& cells : table.scores) {
    const double crossing = wasserstein1(cells[0], cells[2]) + wasserstein1(cells[1], cells[3]);
    sum += crossing + wasserstein1(cells[0], cells[1]) + wasserstein1(cells[2], cells[3]);
    across += crossing;
  }
  EXPECT_NEAR(individual_fairness(table), sum / 12, 1e-14);
  EXPECT_NEAR(individual_fairness(table, true), across / 6, 1e-14);
  const IndividualTests tests = test_individual_across_groups(table, {99, 3, 0.05});
  EXPECT_NEAR(tests.all.observed, sum / 12, 1e-14);
  EXPECT_NEAR(tests.across_groups.observed, across / 6, 1e-14);
  const Evidence evidence = gather_evidence(table, {99, 3, 0.05}, {});
  EXPECT_EQ(evidence.individual.corrected(), tests.all.corrected());
}

using PValue = std::function<double(const ScoreTable&, uint64_t seed)>;

TEST(Permutation, NullsOfGroupsAndPairsGiveUniformPValues) {
  const PValue group = [](const ScoreTable& table, uint64_t seed) {
    return test_group_fairness(table, {99, seed, 0.05}).p_value;
  };
  const PValue pair = [](const ScoreTable& table, uint64_t seed) {
    return test_pair(table, 0, 2, {99, seed, 0.05}).p_value;
  };
  for (const PValue& p_value : {group, pair}) {
    std::vector<double> p_values;
    for (uint64_t round = 0; round < 200; ++round) {
      RandomStream random(round, "null");
      p_values.push_back(p_value(simulated(random, 3, 8, 0), round));
    }
    EXPECT_LT(distance_from_uniform(p_values), 0.137);
  }
}

TEST(Permutation, ParitiesHaveANullThatIncludesTheChoiceOfGroups) {
  std::vector<double> strict, weak;
  int found = 0;
  for (uint64_t round = 0; round < 200; ++round) {
    RandomStream random(round, "parity");
    ScoreTable table = simulated(random, 3, 8, 0);
    table.groups = table.values;  // six pairs of groups to choose from
    table.group = {0, 1, 2, 3};
    const ParityTests tests = test_parities(table, {99, round, 0.05});
    EXPECT_NEAR(tests.strict.observed, strict_parity(table).gap, 1e-14);
    EXPECT_NEAR(tests.weak.observed, weak_parity(table).gap, 1e-14);
    strict.push_back(tests.strict.p_value);
    weak.push_back(tests.weak.p_value);
    found += test_parities(simulated(random, 3, 20, 0.2), {99, round, 0.05}).strict.p_value <= 0.05;
  }
  EXPECT_LT(distance_from_uniform(strict), 0.137);
  // Shares of few scores are often equal, which only makes p-values larger.
  EXPECT_LE(std::ranges::count_if(weak, [](double p) { return p <= 0.05; }), 19);  // 10 + 3 sd
  EXPECT_GE(found, 190);
}

TEST(Permutation, IndividualFairnessAcrossGroupsHasItsOwnNullFromTheSameShuffles) {
  RandomStream random(8, "across");
  const ScoreTable table = simulated(random, 4, 20, 0.1);
  const IndividualTests tests = test_individual_across_groups(table, {99, 3, 0.05});
  const PermutationResult alone = test_individual_fairness(table, {99, 3, 0.05});
  EXPECT_NEAR(tests.all.observed, alone.observed, 1e-14);
  EXPECT_NEAR(tests.all.null_mean, alone.null_mean, 1e-14);
  EXPECT_EQ(tests.all.p_value, alone.p_value);
  EXPECT_NEAR(tests.across_groups.observed, individual_fairness(table, true), 1e-14);
  EXPECT_GT(tests.across_groups.corrected(), tests.all.corrected());  // the effect is there alone
  EXPECT_NEAR(tests.across_groups.null_mean, tests.all.null_mean, 0.01);
}

TEST(Permutation, EffectsOfTheDetectableSizeAreFoundWithTheStatedPower) {
  // The effect is set so that the mean corrected distance of pair (0, 2) is the detectable one; the
  // share of rejections must then be about .8 (two standard errors of 200 rounds: .06, and the
  // alternative's spread differs from the null's).
  constexpr int kRounds = 200;
  int found = 0;
  double detectable = 0, corrected = 0;
  for (uint64_t round = 0; round < kRounds; ++round) {
    RandomStream random(round, "power");
    const PermutationResult test =
        test_pair(simulated(random, 5, 40, 0.080), 0, 2, {199, round, 0.05});
    found += test.p_value <= 0.05;
    detectable += test.detectable() / kRounds;
    corrected += test.corrected() / kRounds;
  }
  EXPECT_NEAR(corrected, detectable, 0.15 * detectable);
  EXPECT_NEAR(static_cast<double>(found) / kRounds, 0.8, 0.1);
}

TEST(SignFlip, IsExactUniformUnderSymmetryAndOneSided) {
  std::ifstream stream(std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/fairness/intervals.json");
  const nlohmann::json golden = nlohmann::json::parse(stream);
  for (const nlohmann::json& one : golden["sign_flip"])
    EXPECT_EQ(sign_flip_p_value(one["differences"].get<std::vector<double>>(), 1),
              one["p"].get<double>());
  std::vector<double> p_values;
  for (uint64_t round = 0; round < 200; ++round) {
    RandomStream random(round, "flip");
    std::vector<double> differences(10);
    for (double& value : differences) value = random.normal();
    p_values.push_back(sign_flip_p_value(differences, round));
  }
  EXPECT_LT(distance_from_uniform(p_values), 0.137);
  EXPECT_EQ(sign_flip_p_value(std::vector<double>{1, 1, 1, 1}, 1), 1.0 / 16);
  EXPECT_EQ(sign_flip_p_value(std::vector<double>{-1, -1, -1, -1}, 1), 1);
  EXPECT_EQ(sign_flip_p_value({}, 1), 1);
  // Beyond 16 differences patterns are drawn: (1 + hits) / 10,000.
  EXPECT_EQ(sign_flip_p_value(std::vector<double>(20, 1.0), 1), 1e-4);
}

TEST(Bootstrap, IntervalsOfGivenResamplesAreThoseOfScipy) {
  std::ifstream stream(std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/fairness/intervals.json");
  const nlohmann::json golden = nlohmann::json::parse(stream);
  for (const nlohmann::json& one : golden["bca"]) {
    const auto clusters = one["clusters"].get<std::vector<double>>();
    double sum = 0;
    for (const double value : clusters) sum += value;
    const auto count = static_cast<double>(clusters.size());
    std::vector<double> without;
    for (const double value : clusters) without.push_back((sum - value) / (count - 1));
    const Interval got =
        bca_from_resamples(sum / count, one["resampled"].get<std::vector<double>>(), without,
                           one["confidence"].get<double>());
    EXPECT_NEAR(got.low, one["low"].get<double>(), 1e-12);
    EXPECT_NEAR(got.high, one["high"].get<double>(), 1e-12);
  }
  for (const nlohmann::json& pair : golden["w1"])
    EXPECT_NEAR(
        wasserstein1(pair["a"].get<std::vector<double>>(), pair["b"].get<std::vector<double>>()),
        pair["w1"].get<double>(), 1e-14);
}

TEST(Bootstrap, OfAnyStatisticAgreesWithThatOfTheMean) {
  RandomStream random(3, "clusters");
  std::vector<double> clusters(12);
  for (double& value : clusters) value = random.normal();
  const auto mean = [&](std::span<const int64_t> weights) {
    double sum = 0;
    int64_t count = 0;
    for (size_t i = 0; i < clusters.size(); ++i) {
      sum += static_cast<double>(weights[i]) * clusters[i];
      count += weights[i];
    }
    return sum / static_cast<double>(count);
  };
  const Interval any = bca_interval(12, mean, {20'000, 0.95, 1}),
                 own = bca_interval(clusters, {20'000, 0.95, 1});
  EXPECT_NEAR(any.low, own.low, 0.03 * (own.high - own.low));
  EXPECT_NEAR(any.high, own.high, 0.03 * (own.high - own.low));
  const Interval wide = cluster_interval(12, mean, {20'000, 0.95, 1}),
                 own_wide = cluster_interval(clusters, {20'000, 0.95, 1});
  EXPECT_NEAR(wide.low, own_wide.low, 0.03 * (own.high - own.low));
  EXPECT_NEAR(wide.high, own_wide.high, 0.03 * (own.high - own.low));
  EXPECT_LT(wide.low, any.low);
  EXPECT_GT(wide.high, any.high);
}

TEST(GroupFairness, IntervalHoldsZeroWithoutEffectAndTheDistanceWithOne) {
  // The groups of `simulated` differ by `effect`, so the distance between them is `effect` and
  // group fairness half of it.
  for (const double effect : {0.0, 0.1}) {
    int covered = 0;
    constexpr int kRounds = 60;
    for (uint64_t round = 0; round < kRounds; ++round) {
      RandomStream random(round, "group-interval");
      const ScoreTable table = simulated(random, 8, 25, effect);
      const PermutationResult test = test_group_fairness(table, {99, round, 0.05});
      const Interval interval = group_fairness_interval(table, test, {299, 0.95, round});
      // Corrected distances are a little below the true one where the null mean counts twice.
      covered += interval.low <= effect / 2 && interval.high >= effect / 2 - test.null_mean;
    }
    EXPECT_GE(covered, kRounds * 85 / 100) << effect;
  }
}

}  // namespace
}  // namespace limbeck::fairness
