#include "verify/certify/radius_search.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <limits>

#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

TEST(RadiusSearch, IsTheDistanceToTheBoundaryOfALinearClassifier) {
  torch::manual_seed(16);
  const at::Tensor w = torch::randn({2, 6}, at::kDouble),
                   center = torch::randn({4, 6}, at::kDouble);
  const Graph graph =
      trace_graph([=](const at::Tensor& x) { return at::linear(x, w); }, center.narrow(0, 0, 1));
  const at::Tensor logits = evaluate(graph, center), label = logits.argmax(1);
  at::Tensor rows = torch::zeros({1, 4, 2}, at::kDouble);
  for (int64_t b = 0; b < 4; ++b) {
    rows[0][b][label[b].item<int64_t>()] = 1;
    rows[0][b][1 - label[b].item<int64_t>()] = -1;
  }
  const at::Tensor chosen = torch::tensor({{0, 1, 2}, {3, 4, 5}, {0, 2, 4}, {1, 3, 5}});
  const at::Tensor direction = (w[0] - w[1]).unsqueeze(0).expand({4, 6}).gather(1, chosen);
  for (const double p : {1.0, 2.0, std::numeric_limits<double>::infinity()}) {
    const std::vector<Radius> radii =
        search_radii(graph, center, chosen, rows, {.norm = p, .tolerance = 1e-4});
    for (int64_t b = 0; b < 4; ++b) {
      const double margin = (logits[b][0] - logits[b][1]).abs().item<double>();
      const double dual = p == 1   ? direction[b].abs().max().item<double>()
                          : p == 2 ? direction[b].norm().item<double>()
                                   : direction[b].abs().sum().item<double>();
      EXPECT_LE(radii[static_cast<size_t>(b)].certified, margin / dual);
      EXPECT_GT(radii[static_cast<size_t>(b)].certified, margin / dual * (1 - 1e-3));
      EXPECT_GE(radii[static_cast<size_t>(b)].refused, margin / dual);
    }
  }
}

TEST(RadiusSearch, StaysBelowWhatAnAttackReaches) {
  torch::manual_seed(17);
  const at::Tensor a = torch::randn({8, 4}, at::kDouble), b = torch::randn({2, 8}, at::kDouble),
                   center = torch::randn({1, 4}, at::kDouble);
  const Graph graph = trace_graph(
      [=](const at::Tensor& x) { return at::linear(at::linear(x, a).tanh(), b); }, center);
  const at::Tensor logits = evaluate(graph, center);
  const double sign = logits[0][0].item<double>() > logits[0][1].item<double>() ? 1 : -1;
  const at::Tensor rows = torch::tensor({{{sign, -sign}}}, at::kDouble);
  const Radius radius =
      search_radii(graph, center, torch::arange(4).unsqueeze(0), rows, {.norm = 2}).front();
  const at::Tensor z = torch::nn::functional::normalize(torch::randn({4000, 4}, at::kDouble));
  const at::Tensor y = evaluate(graph, center + radius.certified * z);
  EXPECT_GT((sign * (y.select(1, 0) - y.select(1, 1))).min().item<double>(), 0);
  EXPECT_GT(radius.certified, 0);
}

TEST(RadiusSearch, AWrongAnswerHasNoRadius) {
  const Graph graph =
      trace_graph([](const at::Tensor& x) { return x * 1.0; }, torch::zeros({1, 2}, at::kDouble));
  const at::Tensor center = torch::tensor({{0.0, 1.0}}, at::kDouble),
                   rows = torch::tensor({{{1.0, -1.0}}}, at::kDouble);
  EXPECT_EQ(search_radii(graph, center, torch::arange(2).unsqueeze(0), rows, {}).front().certified,
            0);
}

}  // namespace
}  // namespace limbeck::verify
