#include "data/metric.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/metric/accuracy.h"
#include "data/metric/f1.h"
#include "data/metric/matthews.h"
#include "data/metric/pearson.h"
#include "data/metric/spearman.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "tests/support/error_message.h"

namespace limbeck::data {
namespace {

// Constants of this file are from scikit-learn and SciPy in float64 (1.9.1 and 1.17.1).
const std::vector<int> kPredicted = {1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1};
const std::vector<int> kExpected = {1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1};
const std::vector<int> kPredicted3 = {0, 1, 2, 2, 1, 0, 0, 2, 1, 1};
const std::vector<int> kExpected3 = {0, 1, 2, 1, 1, 0, 2, 2, 0, 1};
const std::vector<double> kX = {1, 2, 2, 3.5, -4, 0, 7, 2};
const std::vector<double> kY = {0.5, 2, 1, 3, -1, 0.5, 2.5, 0.5};

TEST(Metric, AgreesWithScikitLearnAndSciPy) {
  EXPECT_DOUBLE_EQ(accuracy(kPredicted, kExpected), 0.75);
  EXPECT_DOUBLE_EQ(f1(kPredicted, kExpected), 0.7692307692307693);
  EXPECT_NEAR(matthews_correlation(kPredicted, kExpected), 0.50709255283711, 1e-15);
  EXPECT_NEAR(matthews_correlation(kPredicted3, kExpected3), 0.5454545454545454, 1e-15);
  EXPECT_DOUBLE_EQ(f1(kPredicted3, kExpected3, 2), 0.6666666666666666);
  EXPECT_NEAR(pearson_correlation(kX, kY), 0.8589373292671536, 1e-15);
  EXPECT_NEAR(spearman_correlation(kX, kY), 0.9, 1e-15);
}

/// Ranks by counting, over small values so that ties abound.
TEST(Spearman, TiesShareTheMeanOfTheirRanks) {
  EXPECT_EQ(average_ranks(kX), (std::vector<double>{3, 5, 5, 7, 1, 2, 8, 5}));
  RandomStream random(1, "ranks");
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(1 + random.below(30));
    for (double& value : values) value = static_cast<double>(random.below(6));
    const std::vector<double> ranks = average_ranks(values);
    for (size_t i = 0; i < values.size(); ++i) {
      int smaller = 0, equal = 0;
      for (const double other : values) {
        smaller += other < values[i] ? 1 : 0;
        equal += other == values[i] ? 1 : 0;
      }
      ASSERT_EQ(ranks[i], smaller + (equal + 1) / 2.0);
    }
  }
}

TEST(Spearman, SeesAnyIncreasingFunctionAsPerfect) {
  std::vector<double> x, y;
  for (int i = -20; i < 20; ++i) {
    x.push_back(i);
    y.push_back(std::exp(0.3 * i));
  }
  EXPECT_NEAR(spearman_correlation(x, y), 1.0, 1e-15);
  for (double& value : y) value = -value;
  EXPECT_NEAR(spearman_correlation(x, y), -1.0, 1e-15);
}

/// For two classes, the multi-class form is (TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN)).
TEST(Matthews, TwoClassesGiveTheConfusionMatrixFormula) {
  RandomStream random(2, "confusion");
  for (int round = 0; round < 300; ++round) {
    std::vector<int> predicted, expected;
    double count[2][2] = {{0, 0}, {0, 0}};
    for (uint64_t i = 0, n = 1 + random.below(12); i < n; ++i) {
      predicted.push_back(static_cast<int>(random.below(2)));
      expected.push_back(static_cast<int>(random.below(2)));
      count[predicted.back()][expected.back()] += 1;
    }
    const double fp = count[1][0], tp = count[1][1], tn = count[0][0], fn = count[0][1];
    const double product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
    const double wanted = product == 0 ? 0 : (tp * tn - fp * fn) / std::sqrt(product);
    ASSERT_NEAR(matthews_correlation(predicted, expected), wanted, 1e-12);
  }
}

TEST(Metric, DegenerateInputIsZeroNotNaN) {
  const std::vector<int> zeros = {0, 0, 0}, mixed = {0, 1, 0};
  EXPECT_EQ(f1(zeros, zeros), 0.0);
  EXPECT_EQ(matthews_correlation(zeros, mixed), 0.0);
  const std::vector<double> constant = {0.1, 0.1, 0.1}, varied = {1, 2, 3};
  EXPECT_EQ(pearson_correlation(constant, varied), 0.0);
  EXPECT_EQ(spearman_correlation(varied, constant), 0.0);
  const std::vector<double> tiny = {0, 1e-320, 2e-320};  // squares vanish
  EXPECT_EQ(pearson_correlation(tiny, varied), 0.0);
}

TEST(Pearson, DoesNotDependOnShiftOrScale) {
  std::vector<double> shifted = kX;
  for (double& value : shifted) value = 1e6 + 3 * value;
  EXPECT_NEAR(pearson_correlation(shifted, kY), pearson_correlation(kX, kY), 1e-9);
}

TEST(Metric, RejectsDifferentAndZeroLengths) {
  const std::vector<int> one = {1}, two = {1, 0}, none;
  EXPECT_EQ(test::error_message<ShapeError>([&] { accuracy(one, two); }),
            "accuracy: predicted and expected must be (N) with N > 0, got [1] and [2]");
  EXPECT_EQ(test::error_message<ShapeError>([&] { f1(none, none); }),
            "f1: predicted and expected must be (N) with N > 0, got [0] and [0]");
}

TEST(Metric, TableHoldsEachMetricByName) {
  Predictions predictions;
  predictions.predicted_labels = kPredicted;
  predictions.expected_labels = kExpected;
  predictions.predicted_scores = kX;
  predictions.expected_scores = kY;
  EXPECT_EQ(find_metric("accuracy").compute(predictions), accuracy(kPredicted, kExpected));
  EXPECT_EQ(find_metric("f1").compute(predictions), f1(kPredicted, kExpected));
  EXPECT_EQ(find_metric("mcc").compute(predictions), matthews_correlation(kPredicted, kExpected));
  EXPECT_EQ(find_metric("pearson").compute(predictions), pearson_correlation(kX, kY));
  EXPECT_EQ(find_metric("spearman").compute(predictions), spearman_correlation(kX, kY));
  EXPECT_EQ(test::error_message<ConfigError>([] { find_metric("auc"); }),
            "metric 'auc' is not one of: accuracy, f1, mcc, pearson, spearman");
}

}  // namespace
}  // namespace limbeck::data
