#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "verify/pass/bound.h"
#include "verify/region/lp_ball.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

constexpr int64_t kIn = 3, kHidden = 4, kOut = 2,
                  kWeights = kIn * kHidden + kHidden + kHidden * kOut;

/// A network of two layers at fixed inputs (1, I) as a function of its weights, (1, weights) to
/// (1, O): the loss landscape around them is a region like any other.
TensorFunction of_weights(const at::Tensor& x, bool is_tanh) {
  return [=](const at::Tensor& w) {
    const at::Tensor first = w.narrow(1, 0, kIn * kHidden).view({1, kHidden, kIn}),
                     bias = w.narrow(1, kIn * kHidden, kHidden).view({1, kHidden, 1}),
                     second = w.narrow(1, kWeights - kHidden * kOut, kHidden * kOut)
                                  .view({1, kOut, kHidden});
    const at::Tensor sum = at::matmul(first, x.t()) + bias;
    return at::matmul(second, is_tanh ? sum.tanh() : sum.relu()).flatten(1);
  };
}

// Weights in an l2 or linf ball: their bounds hold for every network of the ball that is tried.
TEST(WeightBall, BoundsEveryNetworkOfTheBall) {
  torch::manual_seed(3);
  const at::Tensor x = torch::randn({1, kIn}, at::kDouble),
                   w = torch::randn({1, kWeights}, at::kDouble) * 0.5;
  const at::Tensor specification = torch::eye(kOut, at::kDouble).unsqueeze(1);
  for (const bool is_tanh : {false, true}) {
    const Graph graph = trace_graph(of_weights(x, is_tanh), w);
    for (const double norm : {2.0, kInfinity}) {
      const double radius = norm == 2 ? 0.3 : 0.05;
      const LpBall ball = LpBall::of_all(w, torch::full({1}, radius, at::kDouble), norm);
      at::Tensor move = torch::randn({20000, kWeights}, at::kDouble);
      move = norm == 2 ? move / at::linalg_vector_norm(move, 2, {1}, true) * radius
                       : move.sign() * radius;
      const at::Tensor seen = evaluate(graph, w + move).amin({0});
      for (const BoundMethod& method : bound_methods()) {
        const at::Tensor lower = bound(graph, ball, specification, method).lower.squeeze(1);
        EXPECT_TRUE((lower <= seen + 1e-9).all().item<bool>()) << method.name;
        if (method.name == "forward+backward") {
          EXPECT_LT((seen - lower).max().item<double>(), 0.6) << norm;
        }
      }
    }
  }
}

}  // namespace
}  // namespace limbeck::verify
