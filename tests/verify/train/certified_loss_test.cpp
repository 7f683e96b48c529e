#include "verify/train/certified_loss.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/nn/functional/loss.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "verify/pass/bound.h"
#include "verify/region/lp_ball.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

struct Weights {
  at::Tensor a, b;
};

Weights weights(int64_t classes) {
  return {torch::randn({8, 5}, at::kDouble) * 0.5, torch::randn({classes, 8}, at::kDouble) * 0.5};
}

TensorFunction net(const Weights& w) {
  return [w](const at::Tensor& x) { return at::linear(at::linear(x, w.a).relu(), w.b); };
}

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels) {
  return torch::nn::functional::cross_entropy(
      logits, labels, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kNone));
}

class RobustCrossEntropy : public testing::TestWithParam<int64_t> {};

TEST_P(RobustCrossEntropy, IsAboveThatOfEveryInputOfTheRegion) {
  torch::manual_seed(51);
  const Weights w = weights(GetParam());
  const at::Tensor center = torch::randn({6, 5}, at::kDouble),
                   labels = torch::randint(0, GetParam(), {6}, at::kLong);
  const Graph graph = trace_graph(net(w), center.narrow(0, 0, 1));
  for (const double radius : {0.0, 1e-7, 0.05, 0.5, 30.0})
    for (const auto& [share, scale] :
         {std::pair{0.0, 1.0}, {0.4, 1.0}, {1.0, 1.0}, {0.0, 3.5}, {0.4, 0.25}}) {
      const LpBall ball = LpBall::of_all(center, torch::full({6}, radius, at::kDouble), 2);
      const at::Tensor loss = robust_cross_entropy(graph, ball, labels, share, scale);
      ASSERT_TRUE(loss.isfinite().all().item<bool>()) << radius;
      for (int trial = 0; trial < 300; ++trial) {
        at::Tensor z = torch::randn_like(center);
        z = z / torch::linalg_vector_norm(z, 2, {1}, true) * radius;
        const at::Tensor seen = cross_entropy(scale * evaluate(graph, center + z), labels);
        ASSERT_LE((seen - loss).max().item<double>(), 1e-10) << radius << " " << share;
      }
      if (radius > 0) continue;
      const at::Tensor plain = cross_entropy(scale * evaluate(graph, center), labels);
      EXPECT_LT((plain - loss).abs().max().item<double>(), 1e-10);
    }
}

TEST_P(RobustCrossEntropy, HasTheGradientOfFiniteDifferences) {
  torch::manual_seed(52);
  const Weights w = weights(GetParam());
  const at::Tensor center = torch::randn({3, 5}, at::kDouble),
                   labels = torch::randint(0, GetParam(), {3}, at::kLong);
  const LpBall ball = LpBall::of_all(center, torch::full({3}, 0.2, at::kDouble), 2);
  const auto value = [&](const at::Tensor& a) {
    const Graph graph = trace_graph(net({a, w.b}), center.narrow(0, 0, 1), {a});
    return robust_cross_entropy(graph, ball, labels, 0.3).sum();
  };
  const at::Tensor a = w.a.clone().requires_grad_(), direction = torch::randn_like(a);
  const double got = (torch::autograd::grad({value(a)}, {a})[0] * direction).sum().item<double>();
  const double numeric =
      (value(w.a + 1e-6 * direction) - value(w.a - 1e-6 * direction)).item<double>() / 2e-6;
  EXPECT_NEAR(got, numeric, 1e-5 * std::max(1.0, std::abs(numeric)));
}

INSTANTIATE_TEST_SUITE_P(Classes, RobustCrossEntropy, testing::Values(2, 3, 12));

/// One row for all classes must still see more than the intervals alone.
TEST(RobustCrossEntropy, LossFusionIsNeverLooserThanIntervalsAndTighterOnSmallRegions) {
  torch::manual_seed(53);
  const Weights w = weights(12);
  const at::Tensor center = torch::randn({64, 5}, at::kDouble),
                   labels = torch::randint(0, 12, {64}, at::kLong);
  const Graph graph = trace_graph(net(w), center.narrow(0, 0, 1));
  double tighter = 0;
  for (const double radius : {0.02, 0.2, 2.0}) {
    const LpBall ball = LpBall::of_all(center, torch::full({64}, radius, at::kDouble), 2);
    const at::Tensor fused = robust_cross_entropy(graph, ball, labels, 0),
                     intervals = robust_cross_entropy(graph, ball, labels, 1);
    EXPECT_LE((fused - intervals).max().item<double>(), 1e-12);
    tighter = std::max(tighter, (intervals - fused).mean().item<double>());
  }
  EXPECT_GT(tighter, 1e-3);
}

}  // namespace
}  // namespace limbeck::verify
