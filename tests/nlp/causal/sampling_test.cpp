#include "nlp/causal/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"

namespace limbeck::nlp {
namespace {

/// log of 1/10, 4/10, 2/10, 3/10.
const std::vector<float> kLogits = {std::log(0.1f), std::log(0.4f), std::log(0.2f), std::log(0.3f)};

std::vector<int> shares(const SamplingOptions& options) {
  std::vector<int> counts(kLogits.size());
  for (int i = 0; i < 1000; ++i)
    ++counts[static_cast<size_t>(sample_token(kLogits, options, (i + 0.5) / 1000))];
  return counts;
}

TEST(SampleToken, InvertsTheDistributionFunctionInTheOrderOfIds) {
  EXPECT_EQ(shares({}), (std::vector<int>{100, 400, 200, 300}));
  EXPECT_EQ(sample_token(kLogits, {}, 0.0), 0);
  EXPECT_EQ(sample_token(kLogits, {}, 0.0999), 0);
  EXPECT_EQ(sample_token(kLogits, {}, 0.1001), 1);
  EXPECT_EQ(sample_token(kLogits, {}, std::nextafter(1.0, 0.0)), 3);
}

TEST(SampleToken, TemperatureRaisesProbabilitiesToAPower) {
  // Squared: 1, 16, 4, 9 of 30.
  EXPECT_EQ(shares({0.5, 0, 1}), (std::vector<int>{33, 534, 133, 300}));
  EXPECT_EQ(shares({0, 0, 1}), (std::vector<int>{0, 1000, 0, 0}));
}

TEST(SampleToken, TopKAndTopPKeepTheMostProbable) {
  EXPECT_EQ(shares({1, 2, 1}), (std::vector<int>{0, 571, 0, 429}));       // 4 and 3 of 7
  EXPECT_EQ(shares({1, 0, 0.65}), (std::vector<int>{0, 571, 0, 429}));    // .4 + .3 reach .65
  EXPECT_EQ(shares({1, 0, 0.75}), (std::vector<int>{0, 444, 222, 334}));  // .4 + .3 + .2
  EXPECT_EQ(shares({1, 3, 0.5}), (std::vector<int>{0, 571, 0, 429}));     // .4 / .9 is not half
  EXPECT_EQ(shares({1, 1, 0.1}), (std::vector<int>{0, 1000, 0, 0}));
}

TEST(SampleToken, ManyTokensAreDrawnAtTheirRates) {
  std::vector<float> logits(5000, 0.0f);
  for (size_t i = 0; i < logits.size(); i += 2) logits[i] = -std::numeric_limits<float>::infinity();
  for (int i = 0; i < 2500; ++i) ASSERT_EQ(sample_token(logits, {}, (i + 0.5) / 2500), 2 * i + 1);
}

TEST(SampleToken, ScoresThatAreNotFiniteAreADamagedModel) {
  std::vector<float> logits = kLogits;
  logits[2] = std::nanf("");
  EXPECT_EQ(test::error_message<DataError>([&] { sample_token(logits, {}, 0.5); }),
            "language model: scores of the next token are not finite (is it damaged?)");
}

TEST(LogSumExp, IsExactForLargeScores) {
  EXPECT_NEAR(log_sum_exp(kLogits), 0, 1e-6);
  const std::vector<float> large(1000, 500.0f);
  EXPECT_NEAR(log_sum_exp(large), 500 + std::log(1000.0), 1e-4);
}

}  // namespace
}  // namespace limbeck::nlp
