#include "verify/region/word_balls.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "verify/pass/bound.h"
#include "verify/region/lp_ball.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

/// Two sentences of 5 words of width 3; words 1, 2, 3 of the first move, 0, 2, 4 of the second.
struct Example {
  at::Tensor center = torch::randn({2, 5, 3}, at::kDouble);
  at::Tensor words = torch::tensor({{1, 2, 3}, {0, 2, 4}});
  at::Tensor radius = torch::tensor({0.3, 2.0}, at::kDouble);

  WordBalls region(double norm, int64_t budget) const {
    return {center, words, radius, norm, budget};
  }
};

/// Moves of one word of width 3 with |m|_p <= 1 that hold the extremes: corners where the ball has
/// some, else many of its surface.
std::vector<at::Tensor> extreme_moves(double p) {
  std::vector<at::Tensor> moves;
  if (p == 1) {
    for (int64_t i = 0; i < 6; ++i) {
      moves.push_back(torch::zeros({3}, at::kDouble));
      moves.back()[i / 2] = i % 2 == 0 ? 1.0 : -1.0;
    }
  } else if (std::isinf(p)) {
    for (int mask = 0; mask < 8; ++mask)
      moves.push_back(torch::tensor(
          {mask & 1 ? 1.0 : -1.0, mask & 2 ? 1.0 : -1.0, mask & 4 ? 1.0 : -1.0}, at::kDouble));
  } else {
    for (int i = 0; i < 12; ++i) {
      const at::Tensor x = torch::randn({3}, at::kDouble);
      moves.push_back(x / torch::linalg_vector_norm(x, p));
    }
  }
  return moves;
}

/// Sentences of item b in which at most `budget` words have moved to such an extreme.
std::vector<at::Tensor> members(const Example& example, int64_t b, double p, int64_t budget) {
  const std::vector<at::Tensor> moves = extreme_moves(p);
  std::vector<at::Tensor> all = {example.center[b]};
  std::vector<int64_t> moved = {0};
  for (int64_t w = 0; w < 3; ++w) {
    const size_t count = all.size();
    for (size_t i = 0; i < count; ++i) {
      if (moved[i] == budget) continue;
      for (const at::Tensor& move : moves) {
        at::Tensor x = all[i].clone();
        x[example.words[b][w].item<int64_t>()] += example.radius[b] * move;
        all.push_back(x), moved.push_back(moved[i] + 1);
      }
    }
  }
  return all;
}

class WordBallsOfNorm : public testing::TestWithParam<double> {};

TEST_P(WordBallsOfNorm, LowerIsTheMinimumOverAllChoicesOfWords) {
  torch::manual_seed(21);
  const double p = GetParam();
  const bool has_corners = p == 1 || std::isinf(p);
  const Example example;
  const at::Tensor rows = torch::randn({12, 2, 5, 3}, at::kDouble);
  for (int64_t budget = 1; budget <= 4; ++budget) {
    const at::Tensor lower = example.region(p, budget).lower(rows);
    for (int64_t b = 0; b < 2; ++b) {
      const at::Tensor x = at::stack(members(example, b, p, budget));
      const at::Tensor values = at::matmul(rows.select(1, b).flatten(1), x.flatten(1).t());
      const at::Tensor gap = values.amin({1}) - lower.select(1, b);
      EXPECT_GE(gap.min().item<double>(), -1e-12) << "p " << p << ", budget " << budget;
      if (has_corners) {
        EXPECT_LE(gap.max().item<double>(), 1e-12) << "p " << p;
      }
    }
  }
}

TEST_P(WordBallsOfNorm, MinimizerMovesFewEnoughWordsFarEnough) {
  torch::manual_seed(22);
  const double p = GetParam();
  const Example example;
  const at::Tensor rows = torch::randn({12, 2, 5, 3}, at::kDouble);
  for (int64_t budget = 1; budget <= 4; ++budget) {
    const WordBalls region = example.region(p, budget);
    const at::Tensor least = region.minimizer(rows);
    EXPECT_TRUE(
        torch::allclose((rows * least).flatten(2).sum(-1), region.lower(rows), 1e-12, 1e-12));
    const at::Tensor move = least - example.center;
    EXPECT_LE(move.abs().amax({-1}).gt(0).sum(-1).max().item<int64_t>(), budget);
    const at::Tensor length = torch::linalg_vector_norm(move, p, {-1});
    EXPECT_TRUE((length <= example.radius.unsqueeze(1) * (1 + 1e-12)).all().item<bool>());
    EXPECT_EQ(move.select(2, 1).select(1, 1).abs().max().item<double>(), 0);  // fixed words
  }
}

TEST_P(WordBallsOfNorm, CoordinatesGiveTheSameBound) {
  torch::manual_seed(23);
  const Example example;
  const at::Tensor rows = torch::randn({7, 2, 5, 3}, at::kDouble);
  for (int64_t budget = 1; budget <= 3; ++budget) {
    const WordBalls region = example.region(GetParam(), budget);
    const at::Tensor coefficients =
        (region.coordinates().middle.unsqueeze(1) * rows).flatten(3).sum(-1);  // (P, 7, 2)
    const at::Tensor by_coordinates =
        region.lower_of_coordinates(coefficients.transpose(1, 2)).t() +
        (rows * example.center).flatten(2).sum(-1);
    EXPECT_LT((by_coordinates - region.lower(rows)).abs().max().item<double>(), 1e-12);
  }
}

TEST_P(WordBallsOfNorm, OneWordIsTheWorstOfBallsOfOneWordAndMoreWordsAreNested) {
  torch::manual_seed(24);
  const Example example;
  const at::Tensor rows = torch::randn({9, 2, 5, 3}, at::kDouble);
  at::Tensor single = torch::full({9, 2}, kInfinity, at::kDouble);
  for (int64_t w = 0; w < 3; ++w) {
    const at::Tensor chosen = example.words.select(1, w).unsqueeze(1) * 3 + at::arange(3);
    single =
        at::minimum(single, LpBall(example.center, chosen, example.radius, GetParam()).lower(rows));
  }
  at::Tensor wider = example.region(GetParam(), 1).lower(rows);
  EXPECT_LT((wider - single).abs().max().item<double>(), 1e-12);
  for (int64_t budget = 2; budget <= 4; ++budget) {
    const at::Tensor next = example.region(GetParam(), budget).lower(rows);
    EXPECT_TRUE((next <= wider + 1e-12).all().item<bool>());
    wider = next;
  }
}

TEST_P(WordBallsOfNorm, BoxHoldsEveryMemberAndIsReached) {
  torch::manual_seed(25);
  const Example example;
  const Interval box = example.region(GetParam(), 2).box();
  for (int64_t b = 0; b < 2; ++b) {
    const at::Tensor x = at::stack(members(example, b, GetParam(), 2));
    EXPECT_TRUE((x >= box.lower[b] - 1e-12).all().item<bool>());
    EXPECT_TRUE((x <= box.upper[b] + 1e-12).all().item<bool>());
    if (GetParam() == 1 || std::isinf(GetParam())) {
      EXPECT_LT((x.amin({0}) - box.lower[b]).abs().max().item<double>(), 1e-12);
    }
  }
}

/// Attention, then a tanh layer: every method is below the network at every extreme.
TEST_P(WordBallsOfNorm, EveryMethodIsBelowTheNetworkAtTheExtremes) {
  const at::NoGradGuard no_gradient;
  torch::manual_seed(26);
  Example example;
  example.radius = torch::tensor({0.05, 0.2}, at::kDouble);
  const at::Tensor q = torch::randn({3, 3}, at::kDouble), k = torch::randn({3, 3}, at::kDouble),
                   w = torch::randn({4, 3}, at::kDouble), c = torch::randn({2, 4}, at::kDouble);
  const Graph graph = trace_graph(
      [=](const at::Tensor& x) {
        const at::Tensor p =
            at::matmul(at::linear(x, q), at::linear(x, k).transpose(1, 2)).softmax(-1);
        return at::linear(at::linear(at::matmul(p, x).mean(1), w).tanh(), c);
      },
      example.center.narrow(0, 0, 1));
  const at::Tensor rows = torch::tensor({{{1.0, -1.0}}, {{-1.0, 1.0}}}, at::kDouble);
  for (const int64_t budget : {1, 2, 3})
    for (const BoundMethod& method : bound_methods()) {
      const at::Tensor lower = bound(graph, example.region(GetParam(), budget), rows, method).lower;
      for (int64_t b = 0; b < 2; ++b) {
        const at::Tensor y = evaluate(graph, at::stack(members(example, b, GetParam(), budget)));
        const at::Tensor values = at::matmul(rows.select(1, 0), y.t());
        EXPECT_TRUE((values.amin({1}) >= lower.select(1, b) - 1e-9).all().item<bool>())
            << method.name << ", budget " << budget << ", item " << b;
        EXPECT_TRUE(lower.isfinite().all().item<bool>()) << method.name;
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Norms, WordBallsOfNorm, testing::Values(1.0, 1.5, 2.0, kInfinity));

TEST(WordBalls, SaysWhatIsWrong) {
  const at::Tensor center = torch::zeros({1, 2, 3}), words = torch::tensor({{0, 1}}),
                   radius = torch::ones({1});
  EXPECT_EQ(test::error_message<ConfigError>([&] { WordBalls(center, words, radius, 0.5, 1); }),
            "word_balls: expected a norm p >= 1, got 0.500000");
  EXPECT_EQ(test::error_message<ConfigError>([&] { WordBalls(center, words, radius, 2, 0); }),
            "word_balls: expected a budget of 1 or more words, got 0");
  EXPECT_EQ(test::error_message<ShapeError>([&] { WordBalls(center, words[0], radius, 2, 1); }),
            "word_balls: expected center (B, T, E), words (B, W) and radius (B)");
}

}  // namespace
}  // namespace limbeck::verify
