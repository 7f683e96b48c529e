#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "verify/region/lp_ball.h"
#include "verify/region/synonym_set.h"

namespace limbeck::verify {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

/// Two sentences of 4 words of width 3: words 1 (two candidates) and 3 (one); word 0 (three).
SynonymSet example(int64_t first_budget, int64_t second_budget) {
  torch::manual_seed(7);
  return {torch::randn({2, 4, 3}, at::kDouble), torch::tensor({{1, 1, 3}, {0, 0, 0}}),
          torch::randn({2, 3, 3}, at::kDouble), torch::tensor({first_budget, second_budget})};
}

/// All members of an item, by its own rules.
std::vector<at::Tensor> members(const SynonymSet& set, int64_t item, int64_t budget) {
  const LinearBounds form = set.coordinates();
  std::vector<at::Tensor> all;
  for (int mask = 0; mask < 8; ++mask) {
    int64_t by_slot[2] = {0, 0}, used = 0;
    at::Tensor x = set.words()[item].clone();
    for (int p = 0; p < 3; ++p) {
      if (!(mask >> p & 1)) continue;
      ++by_slot[item == 0 && p == 2 ? 1 : 0];
      ++used;
      x = x + form.middle[p][item];
    }
    if (by_slot[0] <= 1 && by_slot[1] <= 1 && used <= budget) all.push_back(x);
  }
  return all;
}

TEST(SynonymSet, LowerIsTheMinimumOverAllMembers) {
  for (int64_t first = 0; first <= 3; ++first)
    for (int64_t second = 0; second <= 2; ++second) {
      const SynonymSet set = example(first, second);
      const at::Tensor rows = torch::randn({20, 2, 4, 3}, at::kDouble);
      const at::Tensor lower = set.lower(rows);
      const at::Tensor coefficients =
          (set.coordinates().middle.unsqueeze(1) * rows).flatten(3).sum(-1);  // (P, 20, 2)
      const at::Tensor by_coordinates = set.lower_of_coordinates(coefficients.transpose(1, 2)).t() +
                                        (rows * set.words()).flatten(2).sum(-1);
      for (int64_t r = 0; r < 20; ++r)
        for (int64_t b = 0; b < 2; ++b) {
          double least = kInfinity;
          for (const at::Tensor& x : members(set, b, b == 0 ? first : second))
            least = std::min(least, (rows[r][b] * x).sum().item<double>());
          EXPECT_NEAR(lower[r][b].item<double>(), least, 1e-12);
          EXPECT_NEAR(by_coordinates[r][b].item<double>(), least, 1e-12);
        }
    }
}

TEST(SynonymSet, BoxHoldsAllMembersAndIsReached) {
  const SynonymSet set = example(2, 1);
  const Interval box = set.box();
  for (int64_t b = 0; b < 2; ++b) {
    at::Tensor least = set.words()[b], most = least;
    for (const at::Tensor& x : members(set, b, 2))
      least = torch::minimum(least, x), most = torch::maximum(most, x);
    EXPECT_LT((least - box.lower[b]).abs().max().item<double>(), 1e-12);
    EXPECT_LT((most - box.upper[b]).abs().max().item<double>(), 1e-12);
  }
}

TEST(SynonymSet, MinimizerIsAMemberThatReachesLower) {
  for (int64_t first = 0; first <= 3; ++first)
    for (int64_t second = 0; second <= 2; ++second) {
      const SynonymSet set = example(first, second);
      const at::Tensor rows = torch::randn({20, 2, 4, 3}, at::kDouble);
      const at::Tensor least = set.minimizer(rows), lower = set.lower(rows);
      EXPECT_LT(((rows * least).flatten(2).sum(-1) - lower).abs().max().item<double>(), 1e-12);
      for (int64_t r = 0; r < 20; ++r)
        for (int64_t b = 0; b < 2; ++b) {
          double nearest = kInfinity;
          for (const at::Tensor& x : members(set, b, b == 0 ? first : second))
            nearest = std::min(nearest, (x - least[r][b]).abs().max().item<double>());
          EXPECT_LT(nearest, 1e-12);
        }
    }
}

TEST(SynonymSet, MinimizerMakesOneOfEqualCandidates) {
  const at::Tensor words = torch::zeros({1, 2, 1}, at::kDouble);
  const SynonymSet set(words, torch::tensor({{0, 0}}),
                       torch::tensor({{{-1.0}, {-1.0}}}, at::kDouble), torch::tensor({2}));
  const at::Tensor rows = torch::ones({1, 1, 2, 1}, at::kDouble);
  EXPECT_TRUE(torch::equal(set.minimizer(rows).flatten(), torch::tensor({-1.0, 0.0}, at::kDouble)));
}

class EveryNorm : public testing::TestWithParam<double> {};

/// The point of the ball where <a, x> is least: Hoelder with equality.
at::Tensor least_point(const at::Tensor& a, double radius, double p) {
  if (std::isinf(p)) return -radius * a.sign();
  if (p == 1) {
    at::Tensor x = torch::zeros_like(a);
    const int64_t i = a.abs().argmax().item<int64_t>();
    x[i] = -radius * a[i].sign();
    return x;
  }
  const double q = p / (p - 1);
  return -radius * a.sign() * (a.abs() / torch::linalg_vector_norm(a, q)).pow(q - 1);
}

TEST_P(EveryNorm, LowerIsReachedAndNeverPassed) {
  torch::manual_seed(8);
  const double p = GetParam();
  const at::Tensor center = torch::randn({3, 2, 5}, at::kDouble),
                   radius = torch::tensor({0.0, 0.5, 3.0}, at::kDouble);
  const at::Tensor chosen = torch::tensor({{0, 3, 7}, {9, 1, 2}, {4, 5, 6}});
  const LpBall ball(center, chosen, radius, p);
  const at::Tensor rows = torch::randn({10, 3, 2, 5}, at::kDouble), lower = ball.lower(rows);
  for (int64_t r = 0; r < 10; ++r)
    for (int64_t b = 0; b < 3; ++b) {
      const at::Tensor a = rows[r][b].flatten(), at_center = (a * center[b].flatten()).sum();
      const at::Tensor move =
          least_point(a.index_select(0, chosen[b]), radius[b].item<double>(), p);
      EXPECT_NEAR((at_center + (a.index_select(0, chosen[b]) * move).sum()).item<double>(),
                  lower[r][b].item<double>(), 1e-12);
      for (int trial = 0; trial < 20; ++trial) {
        at::Tensor z = torch::randn({3}, at::kDouble);
        z = z / torch::linalg_vector_norm(z, p) * radius[b];
        EXPECT_GE((at_center + (a.index_select(0, chosen[b]) * z).sum()).item<double>(),
                  lower[r][b].item<double>() - 1e-12);
      }
    }
}

TEST_P(EveryNorm, CoordinatesGiveTheSameBound) {
  const at::Tensor center = torch::randn({2, 4}, at::kDouble),
                   radius = torch::tensor({0.5, 2.0}, at::kDouble);
  const LpBall ball = LpBall::of_all(center, radius, GetParam());
  const at::Tensor rows = torch::randn({5, 2, 4}, at::kDouble);
  const at::Tensor coefficients =
      (ball.coordinates().middle.unsqueeze(1) * rows).sum(-1);  // (P, 5, 2)
  const at::Tensor by_coordinates =
      ball.lower_of_coordinates(coefficients.transpose(1, 2)).t() + (rows * center).sum(-1);
  EXPECT_LT((by_coordinates - ball.lower(rows)).abs().max().item<double>(), 1e-12);
}

TEST_P(EveryNorm, MinimizerLiesInTheBallAndReachesLower) {
  torch::manual_seed(9);
  const double p = GetParam();
  const at::Tensor center = torch::randn({2, 3, 2}, at::kDouble),
                   radius = torch::tensor({0.5, 2.0}, at::kDouble);
  const at::Tensor chosen = torch::tensor({{0, 3, 5}, {4, 1, 2}});
  const LpBall ball(center, chosen, radius, p);
  at::Tensor rows = torch::randn({8, 2, 3, 2}, at::kDouble);
  rows[0] = 0, rows[1] *= 1e-60, rows[2] *= 1e60;
  const at::Tensor least = ball.minimizer(rows), lower = ball.lower(rows);
  const at::Tensor reached = (rows * least).flatten(2).sum(-1);
  EXPECT_TRUE(torch::allclose(reached, lower, 1e-12, 1e-12));
  const at::Tensor move = (least - center).flatten(2);
  EXPECT_TRUE(
      (torch::linalg_vector_norm(move, p, {-1}) <= radius * (1 + 1e-12)).all().item<bool>());
  const at::Tensor others = move.scatter(2, chosen.unsqueeze(0).expand({8, -1, -1}), 0.0);
  EXPECT_EQ(others.abs().max().item<double>(), 0);
}

INSTANTIATE_TEST_SUITE_P(Norms, EveryNorm, testing::Values(1.0, 1.5, 2.0, 4.0, kInfinity));

TEST(LpBall, RefusesWhatIsNoNorm) {
  const at::Tensor center = torch::zeros({1, 2}), radius = torch::ones({1});
  EXPECT_EQ(test::error_message<ConfigError>([&] { LpBall::of_all(center, radius, 0.5); }),
            "lp_ball: expected a norm p >= 1, got 0.500000");
}

}  // namespace
}  // namespace limbeck::verify
