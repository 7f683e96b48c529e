#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fairness/metric/wasserstein.h"
#include "fairness/statistics/bootstrap.h"
#include "fairness/statistics/multiple_tests.h"
#include "fairness/statistics/normal.h"
#include "fairness/statistics/student_t.h"
#include "fairness/statistics/verdict.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "tests/support/error_message.h"

namespace limbeck::fairness {
namespace {

using limbeck::test::error_message;

/// Uniform scores; the values of the second group are moved up by `effect`.
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

TEST(Wasserstein1, IsTheAreaBetweenTheDistributionFunctions) {
  const std::vector<double> a = {0.1, 0.4, 0.4, 0.9}, b = {0.2, 0.3, 0.8, 1.0};
  // By hand: (.1 + .1 + .4 + .1) / 4.
  EXPECT_NEAR(wasserstein1(a, b), 0.175, 1e-15);
  EXPECT_EQ(wasserstein1(a, a), 0);
  // Unequal sizes: F_a is 1/2 on [0, 1), F_b is 0 on [0, .5), 1 on [.5, 1): .25 + .25.
  EXPECT_NEAR(wasserstein1(std::vector<double>{0, 1}, std::vector<double>{0.5}), 0.5, 1e-15);
  EXPECT_NEAR(wasserstein1(std::vector<double>{0, 0, 1}, std::vector<double>{0, 1}), 1.0 / 6,
              1e-15);
  EXPECT_EQ(error_message<DataError>([&] { wasserstein1(a, {}); }),
            "W1: expected scores on both sides, got none");
}

TEST(Wasserstein1, RepeatingASampleChangesNothing) {
  RandomStream random(1, "w1");
  for (int round = 0; round < 50; ++round) {
    std::vector<double> a, b, twice;
    for (int i = 0; i < 7; ++i) a.push_back(random.uniform());
    for (int i = 0; i < 5; ++i) b.push_back(random.uniform());
    for (const double value : b) twice.insert(twice.end(), {value, value});
    EXPECT_NEAR(wasserstein1(a, b), wasserstein1(a, twice), 1e-14);
    EXPECT_NEAR(wasserstein1(a, b), wasserstein1(b, a), 1e-14);
  }
}

TEST(Fairness, GroupFairnessOfTwoEqualGroupsIsHalfTheirDistance) {
  RandomStream random(2, "gf");
  const ScoreTable table = simulated(random, 3, 20, 0.1);
  std::vector<double> x, y;
  for (const auto& cells : table.scores)
    for (size_t a = 0; a < 4; ++a) {
      std::vector<double>& pool = a < 2 ? x : y;
      pool.insert(pool.end(), cells[a].begin(), cells[a].end());
    }
  EXPECT_NEAR(group_fairness(table), wasserstein1(x, y) / 2, 1e-14);
}

TEST(Fairness, IndividualFairnessIsTheMeanOverTemplatesAndPairs) {
  ScoreTable table;
  table.templates = {"t"};
  table.values = table.groups = {"a", "b", "c"};
  table.group = {0, 1, 2};
  table.scores = {{{0.0}, {0.5}, {0.6}}};
  EXPECT_NEAR(individual_fairness(table), (0.5 + 0.6 + 0.1) / 3, 1e-15);
  table.group = {0, 0, 1};
  EXPECT_NEAR(individual_fairness(table, true), (0.6 + 0.1) / 2, 1e-15);
  table.scores[0][1] = {};
  EXPECT_EQ(error_message<DataError>([&] { table.validate(); }),
            "template 't', value 'b': no continuation was scored");
  table.scores[0][1] = {std::nan("")};
  EXPECT_EQ(error_message<DataError>([&] { table.validate(); }),
            "template 't', value 'b': expected scores from 0 to 1 (is the scorer damaged?)");
}

TEST(Permutation, SimulatedNullsGiveUniformPValues) {
  std::vector<double> p_values;
  for (uint64_t round = 0; round < 200; ++round) {
    RandomStream random(round, "null");
    p_values.push_back(
        test_individual_fairness(simulated(random, 2, 8, 0), {99, round, 0.05}).p_value);
  }
  std::sort(p_values.begin(), p_values.end());
  double distance = 0;  // Kolmogorov's, whose 99.9 % point at n = 200 is .137
  for (size_t i = 0; i < p_values.size(); ++i)
    distance = std::max(distance, std::fabs(p_values[i] - (static_cast<double>(i) + 0.5) / 200));
  EXPECT_LT(distance, 0.137);
}

TEST(Permutation, ThePlantedEffectIsFoundAtTheStatedPower) {
  // The detectable effect is a corrected distance: where the mean one is larger, power is above .8.
  int found = 0;
  double detectable = 0, corrected = 0;
  constexpr int kRounds = 60;
  for (uint64_t round = 0; round < kRounds; ++round) {
    RandomStream random(round, "power");
    const PermutationResult test =
        test_individual_fairness(simulated(random, 4, 30, 0.12), {199, round, 0.05});
    found += test.p_value <= 0.05;
    detectable += (test.critical - test.null_mean + normal_quantile(0.8) * test.null_sd) / kRounds;
    corrected += test.corrected() / kRounds;
  }
  EXPECT_GT(corrected, detectable);
  EXPECT_GE(found, kRounds * 8 / 10);
}

TEST(Permutation, TheNullMeanIsTheFloorOfSampling) {
  // Two samples of n = 100 uniform numbers: 1.128 / sqrt(n) * 0.393 = 0.0443 (the integral of
  // sqrt(F (1 - F)) is pi / 8); scores here span 0.8.
  RandomStream random(3, "floor");
  const PermutationResult test =
      test_individual_fairness(simulated(random, 4, 100, 0), {99, 1, 0.05});
  EXPECT_NEAR(test.null_mean, 0.8 * 0.0443, 0.003);
}

TEST(Permutation, EqualSeedsGiveEqualResultsOnAnyNumberOfThreads) {
  RandomStream random(4, "seed");
  const ScoreTable table = simulated(random, 2, 10, 0.05);
  const PermutationResult a = test_pair(table, 0, 3, {50, 7, 0.05}),
                          b = test_pair(table, 0, 3, {50, 7, 0.05});
  EXPECT_EQ(a.p_value, b.p_value);
  EXPECT_EQ(a.null_mean, b.null_mean);
}

TEST(Normal, QuantilesInvertTheDistributionFunction) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-13);
  EXPECT_NEAR(normal_quantile(0.8), 0.8416212335729143, 1e-13);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-11);
  for (double p = 0.001; p < 1; p += 0.013) EXPECT_NEAR(normal_cdf(normal_quantile(p)), p, 1e-14);
}

TEST(Bootstrap, IntervalsOfEqualClustersArePoints) {
  const Interval point = bca_interval(std::vector<double>{0.5, 0.5, 0.5}, {});
  EXPECT_EQ(point.low, 0.5);
  EXPECT_EQ(point.high, 0.5);
  EXPECT_EQ(error_message<ConfigError>([] { bca_interval(std::vector<double>{1}, {}); }),
            "bootstrap: expected at least 2 templates, got 1");
}

// Two templates once gave a 95 % interval between them, and so a verdict.
TEST(Bootstrap, TooFewTemplatesHaveNoIntervalAndNoVerdict) {
  EXPECT_FALSE(can_bound(0, 0.95));
  EXPECT_FALSE(can_bound(1, 0.95));
  EXPECT_FALSE(can_bound(2, 0.95));  // 1/4 > .025
  EXPECT_TRUE(can_bound(2, 0.5));    // 1/4 = (1 - .5) / 2
  EXPECT_FALSE(can_bound(3, 0.95));  // 1/27 > .025
  EXPECT_TRUE(can_bound(4, 0.95));   // 1/256
  EXPECT_TRUE(can_bound(4, 0.99));
  EXPECT_FALSE(can_bound(4, 0.999));
  for (const int64_t templates : {1, 2, 3, 4, 10})
    for (const double effect : {0.0, 0.2}) {
      RandomStream random(6, "few");
      const Evidence evidence =
          gather_evidence(simulated(random, templates, 200, effect), {199, 1, 0.05}, {});
      if (templates < 4) {
        EXPECT_EQ(evidence.verdict, Verdict::kInsufficient) << templates;
        EXPECT_EQ(evidence.interval.low, -1);
        EXPECT_EQ(evidence.group_interval.high, 1);
      } else {
        EXPECT_EQ(evidence.verdict, effect > 0 ? Verdict::kFail : Verdict::kPass) << templates;
        EXPECT_LT(evidence.group_interval.high - evidence.group_interval.low, 0.2);
      }
    }
}

/// Share of simulated samples whose 95 % interval covers the mean of what they are drawn from.
template <class Draw, class Bound>
double coverage(int rounds, int64_t clusters, double mean, Draw draw, Bound bound) {
  int covered = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto seed = static_cast<uint64_t>(round);
    RandomStream random(seed, "cover");
    std::vector<double> values(static_cast<size_t>(clusters));
    for (double& value : values) value = draw(random);
    const Interval interval = bound(values, BootstrapOptions{1999, 0.95, seed});
    covered += interval.low <= mean && mean <= interval.high;
  }
  return static_cast<double>(covered) / rounds;
}

// "95 %" BCa intervals of few templates once covered 75 to 90 %. Two standard errors of a share are
// .010 in 2,000 rounds, .005 in 8,000; long-run shares stand in the comment of cluster_interval().
TEST(Bootstrap, IntervalsOfFewClustersCoverWhatTheySay) {
  const auto normal = [](RandomStream& random) { return random.normal(); };
  const auto exponential = [](RandomStream& random) { return -std::log(1 - random.uniform()); };
  const auto own = [](const std::vector<double>& values, const BootstrapOptions& options) {
    return cluster_interval(values, options);
  };
  const auto plain = [](const std::vector<double>& values, const BootstrapOptions& options) {
    return bca_interval(values, options);
  };
  EXPECT_NEAR(coverage(2000, 10, 0, normal, own), 0.958, 0.012);
  EXPECT_NEAR(coverage(8000, 10, 1, exponential, own), 0.931, 0.006);  // 92.5 % at least
  EXPECT_NEAR(coverage(2000, 5, 0, normal, own), 0.954, 0.012);
  EXPECT_NEAR(coverage(2000, 4, 0, normal, own), 0.950, 0.012);
  EXPECT_NEAR(coverage(2000, 5, 1, exponential, own), 0.893, 0.016);
  EXPECT_NEAR(coverage(2000, 4, 1, exponential, own), 0.883, 0.016);
  EXPECT_LT(coverage(2000, 10, 0, normal, plain), 0.92);  // what the plain interval is short of
  EXPECT_LT(coverage(2000, 4, 1, exponential, plain), 0.80);
}

TEST(Bootstrap, FewClustersHaveExpandedLevelsAndEnoughResamples) {
  // The distribution function, integrated by Simpson's rule, is .975 there to 2e-15.
  EXPECT_NEAR(student_t_beyond(0.025, 9), 2.2621571627982044, 1e-11);
  EXPECT_NEAR(student_t_beyond(0.025, 4), 2.7764451051977987, 1e-11);
  EXPECT_NEAR(student_t_beyond(0.025, 1), 12.706204736174694, 1e-9);
  EXPECT_NEAR(student_t_beyond(0.0005, 2), 31.599054576443621, 1e-8);
  EXPECT_NEAR(student_t_beyond(0.5, 3), 0, 1e-12);
  EXPECT_NEAR(expanded_confidence(10, 0.95), 1 - 2 * 0.008550639024406389, 1e-11);
  EXPECT_GT(expanded_confidence(1000, 0.95), 0.95);
  EXPECT_LT(expanded_confidence(1000, 0.95), 0.951);
  EXPECT_EQ(needed_resamples(10, 0.95), 1170);  // ten beyond .00855
  EXPECT_EQ(needed_resamples(4, 0.95), 2560);   // ten of the rarest, 4^-4, which is no rarer
  EXPECT_EQ(needed_resamples(10, 0.9999), 20'000);
  EXPECT_EQ(error_message<ConfigError>([] { student_t_beyond(0.1, 0); }),
            "student t: expected at least 1 degree of freedom, got 0");
  EXPECT_EQ(error_message<ConfigError>([] { student_t_beyond(0, 3); }),
            "student t: expected a tail above 0, up to 0.5, got 0.000000");
}

TEST(Bootstrap, TheIntervalOfFewClustersHoldsThePlainOneAndThatOfStudent) {
  const std::vector<double> clusters = {0.01, 0.02, 0.03, 0.06};
  // By hand: mean .03, standard error sqrt(.0014 / 3 / 4) = .0108012, t = 3.182446.
  const Interval got = cluster_interval(clusters, {999, 0.95, 1});
  EXPECT_NEAR(got.low, 0.03 - 3.182446 * 0.0108012, 1e-6);
  EXPECT_NEAR(got.high, 0.03 + 3.182446 * 0.0108012, 1e-6);
  const Interval plain = bca_interval(clusters, {9999, 0.95, 1});
  EXPECT_LT(got.low, plain.low);
  EXPECT_GT(got.high, plain.high);
  const Interval point = cluster_interval(std::vector<double>(5, 0.1), {});
  EXPECT_EQ(point.low, 0.1);
  EXPECT_EQ(point.high, 0.1);
  EXPECT_EQ(error_message<ConfigError>([] { cluster_interval(std::vector<double>{1}, {}); }),
            "bootstrap: expected at least 2 templates, got 1");
}

TEST(MultipleTests, AdjustAsDefined) {
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  const std::vector<double> family = {0.03, 0.06, 0.06, 0.02}, discovery = {0.02, 0.04, 0.04, 0.02};
  for (size_t i = 0; i < p.size(); ++i) {
    EXPECT_NEAR(holm(p)[i], family[i], 1e-15);
    EXPECT_NEAR(benjamini_hochberg(p)[i], discovery[i], 1e-15);
  }
}

TEST(Verdict, FollowsFromTestIntervalAndPower) {
  Evidence evidence;
  evidence.individual_p.holm = 0.01;
  evidence.interval = {0.03, 0.05};
  evidence.detectable = 0.01;
  EXPECT_EQ(judge(evidence, {}), Verdict::kFail);
  evidence.individual.p_value = 0.01;
  evidence.individual_p.holm = 0.2;
  EXPECT_EQ(judge(evidence, {}), Verdict::kInsufficient);
  evidence.interval = {-0.01, 0.015};
  EXPECT_EQ(judge(evidence, {}), Verdict::kPass);
  evidence.varies = false;  // constant scores: the scorer may be blind
  EXPECT_EQ(judge(evidence, {}), Verdict::kInsufficient);
  evidence.varies = true;
  evidence.detectable = 0.05;  // an effect beyond the tolerance could have been missed
  EXPECT_EQ(judge(evidence, {}), Verdict::kInsufficient);
}

// Two scores of eighty differ from the rest: shuffles hardly move them, so that any shift would be
// seen beside the null, but not what these few continuations have not shown.
TEST(Verdict, AScorerThatHardlyEverAnswersLeavesTheEvidenceInsufficient) {
  RandomStream random(6, "rare");
  ScoreTable table = simulated(random, 10, 2, 0);
  for (auto& cells : table.scores)
    for (std::vector<double>& cell : cells) cell.assign(cell.size(), 0.5);
  table.scores[2][1][0] = 0.501;
  table.scores[2][3][1] = 0.5005;
  const Evidence few = gather_evidence(table, {199, 1, 0.05}, {});
  EXPECT_TRUE(few.varies);
  EXPECT_LT(few.individual.detectable(), 0.001);
  EXPECT_NEAR(few.detectable, -std::log(0.05) / 20, 1e-12);
  EXPECT_EQ(few.verdict, Verdict::kInsufficient);
  // The same for what gates ask of groups and pairs.
  for (const PermutationResult& test : {few.group, test_parities(table, {199, 1, 0.05}).strict,
                                        test_pair(table, 1, 3, {199, 1, 0.05})}) {
    EXPECT_GT(test.visible(), 0.02);
    EXPECT_EQ(judge(test, 1, {}), Verdict::kInsufficient);
  }
  for (auto& cells : table.scores)
    for (std::vector<double>& cell : cells) {
      cell.resize(40, 0.5);
      for (size_t i = 0; i < cell.size(); i += 8) cell[i] = 0.45 + 0.1 * random.uniform();
    }
  const Evidence many = gather_evidence(table, {199, 1, 0.05}, {});
  EXPECT_NEAR(many.detectable, -std::log(0.05) / 400, 1e-12);
  EXPECT_EQ(many.verdict, Verdict::kPass);
}

TEST(Verdict, TheControlOfAnyTableShowsNoEffect) {
  RandomStream random(5, "control");
  const Evidence evidence = gather_evidence(simulated(random, 6, 40, 0.2), {199, 1, 0.05}, {});
  EXPECT_LT(std::fabs(evidence.control), 0.01);
  EXPECT_GT(evidence.individual.corrected(), 0.08);
  EXPECT_EQ(evidence.verdict, Verdict::kFail);
}

}  // namespace
}  // namespace limbeck::fairness
