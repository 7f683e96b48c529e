#include "verify/pass/explain_bound.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "verify/region/lp_ball.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

double total(const BoundExplanation& explanation) {
  double sum = 0;
  for (const NodeLoss& loss : explanation.losses) sum += loss.loss;
  return sum;
}

TEST(ExplainBound, LossesSumToWhatTheBoundMisses) {
  torch::manual_seed(31);
  const at::Tensor q = torch::randn({3, 3}, at::kDouble), k = torch::randn({3, 3}, at::kDouble),
                   w = torch::randn({4, 3}, at::kDouble), c = torch::randn({3, 4}, at::kDouble),
                   center = torch::randn({2, 4, 3}, at::kDouble);
  const Graph graph = trace_graph(
      [=](const at::Tensor& x) {
        const at::Tensor p =
            at::matmul(at::linear(x, q), at::linear(x, k).transpose(1, 2)).softmax(-1);
        const at::Tensor h = at::linear(at::matmul(p, x) + x, w);
        return at::linear((at::gelu(h) * h.sigmoid()).mean(1).relu(), c);
      },
      center.narrow(0, 0, 1));
  at::Tensor rows = torch::zeros({2, 1, 3}, at::kDouble);
  rows[0][0][0] = rows[1][0][0] = 1, rows[0][0][1] = rows[1][0][2] = -1;
  const LpBall ball = LpBall::of_all(center, torch::tensor({0.05, 0.3}, at::kDouble), 2);
  for (const BoundMethod& method : bound_methods()) {
    const BoundResult result = bound(graph, ball, rows, method);
    const std::vector<BoundExplanation> all = explain_bound(graph, ball, rows, method);
    ASSERT_EQ(all.size(), 2u);
    for (int64_t b = 0; b < 2; ++b) {
      const BoundExplanation& one = all[static_cast<size_t>(b)];
      const double size = std::max(1.0, std::abs(one.value - one.bound));
      EXPECT_NEAR(total(one), one.value - one.bound, 1e-9 * size) << method.name;
      if (method.is_backward && !method.is_optimized) {
        EXPECT_NEAR(one.bound, result.lower.select(1, b).min().item<double>(), 1e-9 * size)
            << method.name;
      }
      EXPECT_GT(one.losses.size(), 1u) << method.name;
      for (size_t i = 1; i < one.losses.size(); ++i)
        EXPECT_GE(one.losses[i - 1].loss, one.losses[i].loss);
    }
  }
}

// -relu(x) + x / 2 on [-1, 1]: the upper line of relu is x / 2 + 1 / 2, so the bound is -1 / 2, on
// all of [-1, 1]. At its middle the function is 0: relu alone has lost 1 / 2.
TEST(ExplainBound, OneReluByHand) {
  const at::Tensor center = torch::zeros({1, 1}, at::kDouble);
  const Graph graph = trace_graph([](const at::Tensor& x) { return x.relu() - x * 0.5; }, center);
  const LpBall ball = LpBall::of_all(center, torch::ones({1}, at::kDouble), kInfinity);
  const BoundExplanation one = explain_bound(graph, ball, torch::full({1, 1, 1}, -1.0, at::kDouble),
                                             find_bound_method("crown-ibp"))
                                   .front();
  EXPECT_DOUBLE_EQ(one.bound, -0.5);
  EXPECT_DOUBLE_EQ(one.value, 0);
  ASSERT_EQ(one.losses.size(), 1u);
  EXPECT_EQ(graph.node(one.losses[0].node).op, "relu");
  EXPECT_DOUBLE_EQ(one.losses[0].loss, 0.5);
}

TEST(ExplainBound, AnAffineNetworkLosesNothing) {
  torch::manual_seed(32);
  const at::Tensor w = torch::randn({2, 5}, at::kDouble),
                   center = torch::randn({3, 5}, at::kDouble);
  const Graph graph =
      trace_graph([=](const at::Tensor& x) { return at::linear(x, w); }, center.narrow(0, 0, 1));
  const LpBall ball = LpBall::of_all(center, torch::ones({3}, at::kDouble), 1);
  for (const BoundExplanation& one : explain_bound(
           graph, ball, torch::tensor({{{1.0, -1.0}}}, at::kDouble), find_bound_method("crown"))) {
    EXPECT_TRUE(one.losses.empty());
    EXPECT_NEAR(one.value, one.bound, 1e-12);
  }
}

TEST(ExplainBound, WhatIsUnboundedIsNamed) {
  const at::Tensor center = torch::tensor({{0.25, 3.0}}, at::kDouble);
  const Graph graph = trace_graph([](const at::Tensor& x) { return 1 / x; }, center);
  const LpBall ball = LpBall::of_all(center, torch::ones({1}, at::kDouble), kInfinity);
  const BoundExplanation one = explain_bound(graph, ball, torch::ones({1, 1, 2}, at::kDouble),
                                             find_bound_method("crown-ibp"))
                                   .front();
  EXPECT_EQ(one.bound, -kInfinity);
  EXPECT_TRUE(one.losses.empty());
  EXPECT_EQ(one.reason, "aten::div_ #9 (reciprocal) is unbounded; its input lies in [-0.75, 1.25]");
}

}  // namespace
}  // namespace limbeck::verify
