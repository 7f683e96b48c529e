#include "verify/region/constrained_ball.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "verify/pass/bound.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

struct Example {
  at::Tensor center, rows, limits;  // (2, 2, 2), (K, 2, 2), (K)
  ConstrainedBall region;
};

/// Two items of 4 elements, radii .5 and 1, of which the first three move; K inequalities that the
/// centers keep with a little room.
Example example(double norm, int64_t count, bool are_all_chosen = false) {
  torch::manual_seed(static_cast<uint64_t>(count) + 10);
  const at::Tensor center = torch::randn({2, 2, 2}, at::kDouble),
                   rows = torch::randn({count, 2, 2}, at::kDouble);
  const at::Tensor limits = (rows.unsqueeze(1) * center).flatten(2).sum(-1).amax({1}) + 0.1;
  const at::Tensor chosen =
      at::arange(are_all_chosen ? 4 : 3, at::kLong).expand({2, are_all_chosen ? 4 : 3});
  const LpBall ball(center, chosen, torch::tensor({0.5, 1.0}, at::kDouble), norm);
  return {center, rows, limits, ConstrainedBall(ball, rows, limits)};
}

at::Tensor takes(const Example& e, const at::Tensor& x) {  // (K, ...) for x (..., 2, 2)
  return at::tensordot(e.rows, x, {1, 2}, {x.dim() - 2, x.dim() - 1});
}

/// Points of the ball of each item that keep the inequalities, (N, 2, 2).
at::Tensor members(const Example& e, double norm, int64_t item, int64_t moved) {
  at::Tensor move = torch::rand({60000, 4}, at::kDouble) * 2 - 1;
  move.narrow(1, moved, 4 - moved).zero_();
  const double radius = item == 0 ? 0.5 : 1.0;
  move = move / at::linalg_vector_norm(move, norm, {1}, true).clamp_min(1e-9) * radius *
         torch::rand({60000, 1}, at::kDouble).pow(0.2);
  const at::Tensor x = e.center[item] + move.view({-1, 2, 2});
  const at::Tensor keeps = (takes(e, x) <= e.limits.unsqueeze(1)).all(0);
  return x.index({keeps});
}

TEST(ConstrainedBall, BoundsEveryMemberFromBelowAndIsNearlyAttained) {
  for (const double norm : {1.0, 2.0, 3.0, kInfinity})
    for (const int64_t count : {1, 2, 4}) {
      const Example e = example(norm, count);
      const at::Tensor rows = torch::randn({12, 2, 2, 2}, at::kDouble);
      const at::Tensor lower = e.region.lower(rows), point = e.region.minimizer(rows);
      const at::Tensor attained = (rows * point).flatten(2).sum(-1);
      EXPECT_TRUE((takes(e, point) <= e.limits.view({-1, 1, 1}) + 1e-12).all().item<bool>());
      for (int64_t b = 0; b < 2; ++b) {
        const at::Tensor x = members(e, norm, b, 3);
        ASSERT_GT(x.size(0), 1000);
        const at::Tensor least =
            at::tensordot(rows.select(1, b), x, {1, 2}, {1, 2}).amin({1});  // (12)
        EXPECT_TRUE((lower.select(1, b) <= least + 1e-12).all().item<bool>()) << norm << count;
        EXPECT_TRUE((lower.select(1, b) <= attained.select(1, b) + 1e-12).all().item<bool>());
        const at::Tensor gap = attained.select(1, b) - lower.select(1, b);
        if (count == 1) {
          EXPECT_LT(gap.max().item<double>(), 0.02) << norm;
        }
        EXPECT_LT((least - lower.select(1, b)).max().item<double>(), 0.35) << norm << " " << count;
      }
    }
}

// Without an inequality that matters it is the ball; with ones that leave little, far less.
TEST(ConstrainedBall, IsNeverLooserThanTheBall) {
  const Example e = example(2, 2);
  const LpBall ball(e.center, at::arange(3, at::kLong).expand({2, 3}),
                    torch::tensor({0.5, 1.0}, at::kDouble), 2);
  const at::Tensor rows = torch::randn({30, 2, 2, 2}, at::kDouble);
  EXPECT_TRUE((e.region.lower(rows) >= ball.lower(rows) - 1e-12).all().item<bool>());
  EXPECT_GT((e.region.lower(rows) - ball.lower(rows)).max().item<double>(), 0.2);
  const ConstrainedBall free(ball, e.rows, at::full({2}, 1e3, at::kDouble));
  EXPECT_LT((free.lower(rows) - ball.lower(rows)).abs().max().item<double>(), 1e-9);
}

TEST(ConstrainedBall, ItsBoxHoldsEveryMember) {
  const Example e = example(kInfinity, 2);
  const Interval box = e.region.box();
  for (int64_t b = 0; b < 2; ++b) {
    const at::Tensor x = members(e, kInfinity, b, 3);
    EXPECT_TRUE((x >= box.lower[b] - 1e-12).all().item<bool>());
    EXPECT_TRUE((x <= box.upper[b] + 1e-12).all().item<bool>());
  }
  const at::Tensor first = torch::zeros({1, 2, 2}, at::kDouble);
  first[0][0][0] = 1;  // the first element is at most .25
  const LpBall unit =
      LpBall::of_all(at::zeros({1, 2, 2}, at::kDouble), at::ones({1}, at::kDouble), kInfinity);
  const Interval cut = ConstrainedBall(unit, first, at::full({1}, 0.25, at::kDouble)).box();
  EXPECT_NEAR(cut.upper[0][0][0].item<double>(), 0.25, 1e-9);
  EXPECT_NEAR(cut.upper[0][0][1].item<double>(), 1, 1e-12);
  EXPECT_NEAR(cut.lower[0][0][0].item<double>(), -1, 1e-12);
}

TEST(ConstrainedBall, BoundsOfANetworkHoldForEveryMember) {
  for (const double norm : {2.0, kInfinity}) {
    const Example e = example(norm, 2, /*are_all_chosen=*/true);
    const at::Tensor w = torch::randn({5, 4}, at::kDouble), v = torch::randn({2, 5}, at::kDouble);
    const Graph graph = trace_graph(
        [=](const at::Tensor& x) { return at::linear(at::linear(x.flatten(1), w).tanh(), v); },
        e.center.narrow(0, 0, 1));
    const at::Tensor specification = torch::eye(2, at::kDouble).unsqueeze(1);
    const LpBall ball = LpBall::of_all(e.center, torch::tensor({0.5, 1.0}, at::kDouble), norm);
    for (const BoundMethod& method : bound_methods())
      for (const Arithmetic arithmetic : {Arithmetic::kNearest, Arithmetic::kRigorous}) {
        if (method.is_optimized && is_rigorous(arithmetic)) continue;
        BoundOptions options;
        options.arithmetic = arithmetic;
        const at::Tensor lower = bound(graph, e.region, specification, method, options).lower;
        for (int64_t b = 0; b < 2; ++b) {
          const at::Tensor y = std::get<0>(evaluate(graph, members(e, norm, b, 4)).min(0));
          EXPECT_TRUE((lower.select(1, b) <= y + 1e-9).all().item<bool>()) << method.name;
        }
        if (method.name == "forward+backward") {
          EXPECT_GT((lower - bound(graph, ball, specification, method, options).lower)
                        .max()
                        .item<double>(),
                    0.01);
        }
      }
  }
}

TEST(ConstrainedBall, RefusesCentersOutsideAndOtherShapes) {
  const LpBall ball = LpBall::of_all(torch::ones({1, 2}), torch::ones({1}), 2);
  EXPECT_EQ(test::error_message<DataError>([&] {
              ConstrainedBall(ball, torch::ones({1, 2}), torch::ones({1}));
            }),
            "constrained_ball: expected centers that keep the inequalities");
  EXPECT_EQ(test::error_message<ShapeError>([&] {
              ConstrainedBall(ball, torch::ones({1, 3}), torch::ones({1}));
            }),
            "constrained_ball: expected rows (K, *shape) and limits (K)");
}

}  // namespace
}  // namespace limbeck::verify
