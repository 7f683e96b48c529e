#pragma once

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>
#include <vector>

#include "verify/pass/bound.h"
#include "verify/region/lp_ball.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::test {

/// Traced from one item, evaluated on five: must equal the function on each.
inline void expect_same(const verify::TensorFunction& f, std::vector<int64_t> shape,
                        const std::vector<at::Tensor>& parameters = {}) {
  const at::NoGradGuard no_gradient;
  torch::manual_seed(9);
  shape.insert(shape.begin(), 5);
  const at::Tensor x = torch::rand(shape, at::kDouble) + 0.1;
  const verify::Graph graph = verify::trace_graph(f, x.narrow(0, 4, 1), parameters);
  const at::Tensor y = verify::evaluate(graph, x);
  for (int64_t i = 0; i < 5; ++i) {
    const at::Tensor expected = f(x.narrow(0, i, 1));
    ASSERT_EQ(y.narrow(0, i, 1).sizes(), expected.sizes());
    EXPECT_LT((y.narrow(0, i, 1) - expected).abs().max().item<double>(), 1e-12) << "item " << i;
  }
}

/// All corners of the box of half width `radius` where there are at most 2^12, then random points
/// and points of faces: (N, *shape).
inline at::Tensor points_of_box(const at::Tensor& center, double radius) {
  const int64_t n = center.numel();
  const at::Tensor inside = torch::rand({400, n}, at::kDouble) * 2 - 1;
  at::Tensor offsets = torch::cat({inside, inside.sign(), inside.clamp(-0.2, 0.2) * 5});
  if (n <= 12) {
    const at::Tensor bits = torch::arange(int64_t{1} << n, at::kLong).unsqueeze(1);
    const at::Tensor corners =
        (bits.bitwise_right_shift(torch::arange(n, at::kLong)) % 2).to(at::kDouble) * 2 - 1;
    offsets = torch::cat({offsets, corners});
  }
  std::vector<int64_t> shape(center.sizes().begin(), center.sizes().end());
  shape[0] = offsets.size(0);
  return center + radius * offsets.view(shape);
}

/// The law of every method whose lines are not searched (that search has tests of its own), and of
/// one whose are, on boxes around `center` (1, *shape): no point goes below a bound, and a
/// bound of a box of radius 0 is the value. Up to `finite_up_to` bounds must be
/// finite.
inline void expect_sound(const verify::TensorFunction& f, const at::Tensor& center,
                         const std::vector<at::Tensor>& parameters = {},
                         double finite_up_to = 0.5) {
  const at::NoGradGuard no_gradient;
  const verify::Graph graph = verify::trace_graph(f, center, parameters);
  const int64_t width = graph.node(graph.output()).shape.at(0);
  const at::Tensor rows =
      torch::cat({torch::eye(width, at::kDouble), -torch::eye(width, at::kDouble).narrow(0, 0, 1),
                  torch::randn({1, width}, at::kDouble)})
          .unsqueeze(1);
  verify::BoundOptions options;
  options.iterations = 2;
  for (const verify::BoundMethod& method : verify::bound_methods()) {
    if (method.is_optimized && method.name != "alpha-crown-ibp") continue;
    for (const double radius : {0.0, 0.1, 0.5, 3.0}) {
      const verify::LpBall ball = verify::LpBall::of_all(
          center, torch::full({1}, radius, at::kDouble), std::numeric_limits<double>::infinity());
      const at::Tensor lower = verify::bound(graph, ball, rows, method, options).lower.squeeze(1);
      const at::Tensor y = verify::evaluate(graph, points_of_box(center, radius));
      const at::Tensor least = std::get<0>(at::matmul(y, rows.squeeze(1).t()).min(0));
      EXPECT_LE((lower - least).max().item<double>(), 1e-9) << method.name << " radius " << radius;
      if (radius <= finite_up_to) {
        EXPECT_TRUE(lower.isfinite().all().item<bool>()) << method.name << " radius " << radius;
      }
      if (radius == 0) {
        EXPECT_LT((lower - least).abs().max().item<double>(), 1e-7) << method.name;
      }
    }
  }
}

}  // namespace limbeck::test
