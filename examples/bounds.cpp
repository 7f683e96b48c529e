// Proves what a function of tensors cannot do: bounds of its outputs over a set of inputs.
//
//   find_package(limbeck REQUIRED COMPONENTS train)
//   target_link_libraries(bounds PRIVATE limbeck::verify)
#include <torch/types.h>
#include <torch/utils.h>

#include <cstdio>

#include "verify/pass/bound.h"
#include "verify/region/constrained_ball.h"
#include "verify/trace/trace_graph.h"

int main() {
  using namespace limbeck::verify;
  torch::manual_seed(1);
  const at::Tensor w = torch::randn({8, 3}, at::kDouble), v = torch::randn({2, 8}, at::kDouble);
  const at::Tensor center = torch::zeros({1, 3}, at::kDouble);
  // Any function of LibTorch, of items with a batch dimension.
  const Graph graph = trace_graph(
      [=](const at::Tensor& x) { return at::linear(at::linear(x, w).tanh(), v); }, center);

  // How small can the first output less the second become within .1 of the center in l2 ...
  const LpBall ball = LpBall::of_all(center, torch::full({1}, 0.1, at::kDouble), 2);
  const at::Tensor rows = torch::tensor({{{1.0, -1.0}}}, at::kDouble);  // (rows, items, outputs)
  BoundOptions options;
  options.arithmetic = Arithmetic::kRigorous;  // whatever the rounding
  const BoundMethod& method = find_bound_method("zonotope+backward");
  std::printf("ball: at least %.6f\n",
              bound(graph, ball, rows, method, options).lower.item<double>());

  // ... and where the elements sum to at most 0 besides?
  const ConstrainedBall part(ball, torch::ones({1, 3}, at::kDouble),
                             torch::zeros({1}, at::kDouble));
  std::printf("part: at least %.6f\n",
              bound(graph, part, rows, method, options).lower.item<double>());

  // Bounds by lines are differentiable: a loss may be made of them.
  const at::Tensor radius = torch::full({1}, 0.1, at::kDouble).requires_grad_();
  bound(graph, LpBall::of_all(center, radius, 2), rows, find_bound_method("crown-ibp"))
      .lower.sum()
      .backward();
  std::printf("d bound / d radius: %.6f\n", radius.grad().item<double>());
}
