#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "verify/pass/bound.h"
#include "verify/region/lp_ball.h"
#include "verify/region/synonym_set.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

/// A network as a function of its weights too.
struct TrainableNet {
  const char* name;
  std::function<at::Tensor(const at::Tensor& x, const std::vector<at::Tensor>& w)> function;
  std::vector<std::vector<int64_t>> weights;
  std::vector<int64_t> shape;
};

std::vector<TrainableNet> trainable_nets() {
  using Weights = std::vector<at::Tensor>;
  return {
      {"relu",
       [](const at::Tensor& x, const Weights& w) {
         return at::linear(at::linear(at::linear(x, w[0], w[3]).relu(), w[1]).relu(), w[2]);
       },
       {{7, 4}, {6, 7}, {2, 6}, {7}},
       {4}},
      {"smooth",
       [](const at::Tensor& x, const Weights& w) {
         const at::Tensor h = at::linear(at::linear(x, w[0], w[3]).tanh(), w[1]);
         return at::linear(at::gelu(h).sin() + h.sigmoid() + h.erf() + at::silu(h), w[2]);
       },
       {{7, 4}, {6, 7}, {2, 6}, {7}},
       {4}},
      {"gate",
       [](const at::Tensor& x, const Weights& w) {
         const at::Tensor h = at::linear(x, w[0]);
         return at::linear((h.sigmoid() * h.tanh()).square() / (1 + h.exp()), w[1]) * w[2];
       },
       {{7, 4}, {2, 7}, {2}},
       {4}},
      {"attention",
       [](const at::Tensor& x, const Weights& w) {
         const at::Tensor p = at::matmul(at::linear(x, w[0]), at::linear(x, w[1]).transpose(1, 2));
         const at::Tensor y = x + at::matmul(p.softmax(-1), at::linear(x, w[2]));
         return at::linear(((y - y.mean(-1, true)) * w[4]).select(1, 0).tanh(), w[3]);
       },
       {{4, 4}, {4, 4}, {4, 4}, {2, 4}, {4}},
       {3, 4}},
      {"layer_norm",
       [](const at::Tensor& x, const Weights& w) {
         return at::linear(at::layer_norm(at::linear(x, w[0]), {7}, w[2], {}, 1e-5), w[1]);
       },
       {{7, 4}, {2, 7}, {7}},
       {4}},
  };
}

std::vector<at::Tensor> random_weights(const TrainableNet& net) {
  std::vector<at::Tensor> all;
  for (const std::vector<int64_t>& shape : net.weights)
    all.push_back(torch::randn(shape, at::kDouble) / std::sqrt(static_cast<double>(shape.back())));
  return all;
}

class GradientOfBounds : public testing::TestWithParam<const char*> {};

/// The derivative along a random direction of all weights against a central difference. Bounds are
/// piecewise smooth: h is far below the distance to the next change of piece, far above rounding.
TEST_P(GradientOfBounds, ToWeightsAgreesWithFiniteDifferences) {
  torch::manual_seed(31);
  for (const TrainableNet& net : trainable_nets()) {
    std::vector<int64_t> shape = net.shape;
    shape.insert(shape.begin(), 2);
    const at::Tensor center = torch::randn(shape, at::kDouble);
    const LpBall ball = LpBall::of_all(center, torch::tensor({0.02, 0.15}, at::kDouble), 2);
    const at::Tensor rows = torch::randn({3, 1, 2}, at::kDouble);
    const auto value = [&](const std::vector<at::Tensor>& w) {
      const Graph graph = trace_graph([&](const at::Tensor& x) { return net.function(x, w); },
                                      center.narrow(0, 0, 1), w);
      return bound(graph, ball, rows, find_bound_method(GetParam())).lower.sum();
    };
    std::vector<at::Tensor> weights = random_weights(net), ahead, behind;
    double expected = 0;
    constexpr double h = 1e-6;
    for (at::Tensor& w : weights) w.requires_grad_();
    const std::vector<at::Tensor> gradients = torch::autograd::grad({value(weights)}, weights);
    for (size_t i = 0; i < weights.size(); ++i) {
      const at::Tensor direction = torch::randn_like(weights[i]);
      expected += (gradients[i] * direction).sum().item<double>();
      ahead.push_back(weights[i].detach() + h * direction);
      behind.push_back(weights[i].detach() - h * direction);
    }
    const double numeric = (value(ahead) - value(behind)).item<double>() / (2 * h);
    EXPECT_NEAR(expected, numeric, 2e-5 * std::max(1.0, std::abs(numeric))) << net.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, GradientOfBounds,
                         testing::Values("ibp", "crown-ibp", "forward", "forward+backward",
                                         "unstable", "crown"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name)
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           return name;
                         });

/// Rows of an embedding table through a set of synonyms: gradients reach every candidate.
TEST(GradientOfBounds, ToEmbeddingsOfSynonymsAgreesWithFiniteDifferences) {
  torch::manual_seed(32);
  const TrainableNet net = trainable_nets()[3];
  const std::vector<at::Tensor> w = random_weights(net);
  const at::Tensor ids = torch::tensor({{0, 1, 2}, {3, 1, 4}}, at::kLong);
  const at::Tensor position = torch::tensor({{0, 0, 2}, {1, 2, 1}}, at::kLong);
  const at::Tensor word = torch::tensor({{5, 6, 4}, {0, 6, 1}}, at::kLong);
  const at::Tensor rows = torch::randn({2, 2, 2}, at::kDouble);
  for (const char* method : {"ibp", "crown-ibp", "crown"}) {
    const auto value = [&](const at::Tensor& table) {
      const at::Tensor words = at::embedding(table, ids);
      const at::Tensor replaced = at::embedding(table, ids.gather(1, position));
      const SynonymSet region(words, position, at::embedding(table, word) - replaced,
                              torch::tensor({2, 1}, at::kLong));
      const Graph graph = trace_graph([&](const at::Tensor& x) { return net.function(x, w); },
                                      words.narrow(0, 0, 1).detach());
      return bound(graph, region, rows, find_bound_method(method)).lower.sum();
    };
    const at::Tensor table = torch::randn({7, 4}, at::kDouble).requires_grad_();
    const at::Tensor gradient = torch::autograd::grad({value(table)}, {table})[0];
    const at::Tensor direction = torch::randn_like(table);
    const double numeric =
        (value(table.detach() + 1e-6 * direction) - value(table.detach() - 1e-6 * direction))
            .item<double>() /
        2e-6;
    EXPECT_NEAR((gradient * direction).sum().item<double>(), numeric,
                2e-5 * std::max(1.0, std::abs(numeric)))
        << method;
    EXPECT_TRUE((gradient.abs().sum(1) > 0).all().item<bool>()) << method;
  }
}

/// A regularly sized step against the gradient of a bound must raise the bound.
TEST(GradientOfBounds, RaisesTheBoundOfATrainedNet) {
  torch::manual_seed(33);
  const TrainableNet net = trainable_nets()[0];
  const at::Tensor center = torch::randn({4, 4}, at::kDouble);
  const LpBall ball = LpBall::of_all(center, torch::full({4}, 0.3, at::kDouble), 2);
  const at::Tensor rows = torch::tensor({{{1.0, -1.0}}}, at::kDouble);
  std::vector<at::Tensor> w = random_weights(net);
  double first = 0, last = 0;
  for (int step = 0; step < 40; ++step) {
    for (at::Tensor& each : w) each = each.detach().requires_grad_();
    const Graph graph = trace_graph([&](const at::Tensor& x) { return net.function(x, w); },
                                    center.narrow(0, 0, 1), w);
    const at::Tensor loss =
        at::softplus(-bound(graph, ball, rows, find_bound_method("crown-ibp")).lower).mean();
    const std::vector<at::Tensor> gradients = torch::autograd::grad({loss}, w);
    for (size_t i = 0; i < w.size(); ++i) w[i] = w[i].detach() - 0.3 * gradients[i];
    (step == 0 ? first : last) = loss.item<double>();
  }
  EXPECT_LT(last, 0.2 * first);
}

}  // namespace
}  // namespace limbeck::verify
