#include "verify/pass/optimize_lines.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "verify/region/lp_ball.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

at::Tensor weight(int64_t out, int64_t in) {
  return torch::randn({out, in}, at::kDouble) / std::sqrt(static_cast<double>(in));
}

struct Net {
  const char* name;
  TensorFunction function;
  std::vector<int64_t> shape;
};

std::vector<Net> nets() {
  torch::manual_seed(41);
  const at::Tensor a = weight(9, 4), b = weight(8, 9), c = weight(3, 8), q = weight(4, 4),
                   k = weight(4, 4), v = weight(4, 4), d = weight(3, 4);
  return {{"relu",
           [=](const at::Tensor& x) {
             return at::linear(at::linear(at::linear(x, a).relu(), b).relu(), c);
           },
           {4}},
          {"smooth",
           [=](const at::Tensor& x) {
             return at::linear(at::gelu(at::linear(at::linear(x, a).tanh(), b)).sigmoid(), c);
           },
           {4}},
          {"attention",
           [=](const at::Tensor& x) {
             const at::Tensor p =
                 at::matmul(at::linear(x, q), at::linear(x, k).transpose(1, 2)).softmax(-1);
             return at::linear((x + at::matmul(p, at::linear(x, v))).select(1, 0), d);
           },
           {3, 4}},
          {"gate",
           [=](const at::Tensor& x) {
             const at::Tensor h = at::linear(x, a);
             return at::linear(at::linear(h.sigmoid() * h.tanh(), b).exp(), c);
           },
           {4}}};
}

struct Setting {
  Graph graph;
  LpBall ball;
  at::Tensor rows;
};

Setting setting(const Net& net, double radius) {
  std::vector<int64_t> shape = net.shape;
  shape.insert(shape.begin(), 2);
  const at::Tensor center = torch::randn(shape, at::kDouble);
  return {trace_graph(net.function, center.narrow(0, 0, 1)),
          LpBall::of_all(center, torch::tensor({radius, 2 * radius}, at::kDouble), 2),
          torch::cat({torch::eye(3, at::kDouble), -torch::eye(3, at::kDouble)}).unsqueeze(1)};
}

TEST(OptimizeLines, IsNeverLooserThanItsStartAndTighterOnEveryNet) {
  const at::NoGradGuard no_gradient;
  for (const Net& net : nets()) {
    const Setting s = setting(net, 0.3);
    for (const char* start : {"crown-ibp", "forward+backward", "crown"}) {
      const at::Tensor usual = bound(s.graph, s.ball, s.rows, find_bound_method(start)).lower;
      const at::Tensor found =
          bound(s.graph, s.ball, s.rows, find_bound_method("alpha-" + std::string(start))).lower;
      EXPECT_LE((usual - found).max().item<double>(), 1e-12 * usual.abs().max().item<double>())
          << net.name << " " << start;
      EXPECT_GT((found - usual).max().item<double>(), 1e-3) << net.name << " " << start;
    }
  }
}

TEST(OptimizeLines, MoreIterationsAreNeverWorseOverTheSameRates) {
  const at::NoGradGuard no_gradient;
  const Setting s = setting(nets()[0], 0.3);
  const BoundMethod& method = find_bound_method("alpha-crown");
  const at::Tensor none = bound(s.graph, s.ball, s.rows, method, {.iterations = 0}).lower;
  const at::Tensor usual = bound(s.graph, s.ball, s.rows, find_bound_method("crown")).lower;
  EXPECT_LT((none - usual).abs().max().item<double>(), 1e-12);
  const at::Tensor some = bound(s.graph, s.ball, s.rows, method, {.iterations = 40}).lower;
  EXPECT_TRUE((some >= none).all().item<bool>());
}

/// The law that all else stands on: bounds by lines that nobody has optimised hold, too.
TEST(OptimizeLines, AnyShiftsAreSound) {
  const at::NoGradGuard no_gradient;
  for (const Net& net : nets())
    for (const double scale : {0.3, 1.0, 50.0}) {
      const Setting s = setting(net, 0.2);
      const std::vector<Interval> intervals =
          bound(s.graph, s.ball, s.rows, find_bound_method("crown-ibp")).intervals;
      LineShifts shifts(static_cast<size_t>(s.graph.size()));
      for (int64_t i = 1; i < s.graph.size(); ++i) {
        if (!find_operation(s.graph.node(i).op).has_shifts()) continue;
        std::vector<int64_t> sizes = {6, 2};
        const std::vector<int64_t>& shape = s.graph.node(i).shape;
        sizes.insert(sizes.end(), shape.begin(), shape.end());
        shifts[static_cast<size_t>(i)] = {torch::randn(sizes, at::kDouble) * scale,
                                          torch::randn(sizes, at::kDouble) * scale};
      }
      const LinearForm form = substitute_to_input(s.graph, intervals, s.graph.output(),
                                                  s.rows.expand({-1, 2, -1}), shifts);
      const at::Tensor lower = s.ball.lower(form.coefficient) + form.bias;
      for (int64_t item = 0; item < 2; ++item) {
        const at::Tensor center = s.ball.center().narrow(0, item, 1);
        at::Tensor z = torch::randn({500, center.numel()}, at::kDouble);
        z = z / torch::linalg_vector_norm(z, 2, {1}, true) * 0.2 * static_cast<double>(item + 1);
        std::vector<int64_t> sizes = net.shape;
        sizes.insert(sizes.begin(), 500);
        const at::Tensor y = evaluate(s.graph, center + z.view(sizes));
        const at::Tensor least = std::get<0>(at::matmul(y, s.rows.squeeze(1).t()).min(0));
        EXPECT_LE((lower.select(1, item) - least).max().item<double>(), 1e-9)
            << net.name << " scale " << scale;
      }
    }
}

TEST(OptimizeLines, BlocksUnderAMemoryBudgetChangeNothing) {
  const at::NoGradGuard no_gradient;
  const Setting s = setting(nets()[2], 0.1);
  const BoundMethod& method = find_bound_method("alpha-crown-ibp");
  const at::Tensor free = bound(s.graph, s.ball, s.rows, method).lower;
  const at::Tensor tight = bound(s.graph, s.ball, s.rows, method, {.memory_bytes = 45000}).lower;
  EXPECT_LT((free - tight).abs().max().item<double>(), 1e-11);
  EXPECT_EQ(
      test::error_message<UnsupportedError>(
          [&] { bound(s.graph, s.ball, s.rows, method, {.memory_bytes = 20000}); }),
      "--mem-limit: expected at least 0.04138 MiB, what lines of one row take, optimised, got "
      "0.01907 MiB");
}

TEST(OptimizeLines, AnUnboundedItemLeavesTheOthersAlone) {
  const at::NoGradGuard no_gradient;
  const Graph graph = trace_graph([](const at::Tensor& x) { return x.relu() - 1 / (x + 3); },
                                  torch::ones({1, 2}, at::kDouble));
  const at::Tensor center = torch::tensor({{0.1, 0.2}, {0.1, 0.2}}, at::kDouble);
  const LpBall ball = LpBall::of_all(center, torch::tensor({4.0, 0.5}, at::kDouble),
                                     std::numeric_limits<double>::infinity());
  const at::Tensor rows = torch::eye(2, at::kDouble).unsqueeze(1);
  const at::Tensor lower = bound(graph, ball, rows, find_bound_method("alpha-crown")).lower;
  EXPECT_TRUE((lower.select(1, 0) == -std::numeric_limits<double>::infinity()).all().item<bool>());
  EXPECT_TRUE(lower.select(1, 1).isfinite().all().item<bool>());
}

}  // namespace
}  // namespace limbeck::verify
