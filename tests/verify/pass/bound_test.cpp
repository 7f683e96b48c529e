#include "verify/pass/bound.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>
#include <map>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "verify/pass/form_memory.h"
#include "verify/region/lp_ball.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

at::Tensor weight(int64_t out, int64_t in) {
  return torch::randn({out, in}, at::kDouble) / std::sqrt(static_cast<double>(in));
}

struct Net {
  const char* name;
  TensorFunction function;
  std::vector<int64_t> shape;
};

/// Small networks that together use every kind of rule.
std::vector<Net> nets() {
  torch::manual_seed(10);
  std::vector<Net> all;
  const at::Tensor a = weight(7, 4), b = weight(6, 7), c = weight(3, 6), d = weight(4, 4),
                   e = weight(4, 4), f = weight(8, 4), g = weight(4, 8);
  all.push_back({"relu",
                 [=](const at::Tensor& x) {
                   return at::linear(at::linear(at::linear(x, a).relu(), b).relu(), c);
                 },
                 {4}});
  all.push_back({"smooth",
                 [=](const at::Tensor& x) {
                   return at::linear(at::gelu(at::linear(at::linear(x, a).tanh(), b)), c).sigmoid();
                 },
                 {4}});
  all.push_back({"gate",
                 [=](const at::Tensor& x) {
                   const at::Tensor h = at::linear(x, a);
                   return at::linear(h.sigmoid() * h.tanh(), b).amax({1}, true) + at::linear(h, b);
                 },
                 {4}});
  all.push_back({"attention",
                 [=](const at::Tensor& x) {
                   const at::Tensor q = at::linear(x, d), k = at::linear(x, e);
                   const at::Tensor y = x + at::matmul(at::matmul(q, k.transpose(1, 2)).softmax(-1),
                                                       at::linear(x, d + e));
                   const at::Tensor z = y - y.mean(-1, true);
                   return (z + at::linear(at::linear(z, f).relu(), g)).select(1, 0);
                 },
                 {3, 4}});
  all.push_back({"layer_norm",
                 [=](const at::Tensor& x) {
                   return at::linear(at::layer_norm(at::linear(x, a), {7}, {}, {}, 1e-5).relu(), b);
                 },
                 {4}});
  // Nonlinear nodes side by side, whose errors are independent although the paths join.
  const at::Tensor h = weight(12, 1) * 2, i = torch::randn({12}, at::kDouble), j = weight(8, 12);
  all.push_back({"branches",
                 [=](const at::Tensor& x) {
                   const std::vector<at::Tensor> parts = at::linear(x, h, i).chunk(4, 1);
                   return at::linear(at::cat({parts[0].relu(), parts[1].tanh(),
                                              parts[2].sigmoid() * parts[0], parts[3].abs()},
                                             1),
                                     j);
                 },
                 {1}});
  return all;
}

class EveryMethod : public testing::TestWithParam<const char*> {};

TEST_P(EveryMethod, HoldsOnEveryNetNormAndRadius) {
  const at::NoGradGuard no_gradient;
  const BoundMethod& method = find_bound_method(GetParam());
  for (const Net& net : nets()) {
    std::vector<int64_t> shape = net.shape;
    shape.insert(shape.begin(), 1);
    const at::Tensor center = torch::randn(shape, at::kDouble);
    const Graph graph = trace_graph(net.function, center);
    const int64_t width = graph.node(graph.output()).shape[0];
    const at::Tensor rows =
        torch::cat({torch::eye(width, at::kDouble), torch::randn({4, width}, at::kDouble)})
            .unsqueeze(1);
    for (const double p : {1.0, 2.0, kInfinity})
      for (const double radius : {0.0, 1e-3, 0.05, 0.5}) {
        const LpBall ball = LpBall::of_all(center, torch::full({1}, radius, at::kDouble), p);
        const at::Tensor lower = bound(graph, ball, rows, method).lower;
        at::Tensor z = torch::randn({600, center.numel()}, at::kDouble);
        if (std::isinf(p)) z = z.sign();
        if (p == 1) z = z * (z.abs() == z.abs().amax({1}, true));
        z = z / torch::linalg_vector_norm(z, p, {1}, true) * radius;
        z = torch::cat({z.narrow(0, 0, 300), z.narrow(0, 300, 300) * torch::rand({300, 1})});
        std::vector<int64_t> sizes = net.shape;
        sizes.insert(sizes.begin(), 600);
        const at::Tensor y = evaluate(graph, center + z.view(sizes));
        const at::Tensor least = std::get<0>(at::matmul(y, rows.squeeze(1).t()).min(0));
        EXPECT_LE((lower.squeeze(1) - least).max().item<double>(), 1e-9)
            << net.name << " p " << p << " radius " << radius;
        EXPECT_TRUE(lower.isfinite().all().item<bool>())
            << net.name << " p " << p << " radius " << radius;
        if (radius > 0) continue;
        EXPECT_LT((lower.squeeze(1) - least).abs().max().item<double>(), 1e-7) << net.name;
      }
  }
}

TEST_P(EveryMethod, IsExactOnAffineNets) {
  torch::manual_seed(11);
  const at::Tensor a = weight(5, 4), b = weight(3, 5), center = torch::randn({2, 4}, at::kDouble);
  const Graph graph =
      trace_graph([=](const at::Tensor& x) { return at::linear(at::linear(x, a) - 2, b) * 3 + 1; },
                  center.narrow(0, 0, 1));
  const LpBall ball = LpBall::of_all(center, torch::tensor({0.5, 2.0}, at::kDouble), 2);
  const at::Tensor rows = torch::eye(3, at::kDouble).unsqueeze(1);
  const at::Tensor lower = bound(graph, ball, rows, find_bound_method(GetParam())).lower;
  const at::Tensor gradient = 3 * at::matmul(b, a);  // rows of the whole map
  const at::Tensor exact =
      evaluate(graph, center).t() -
      torch::tensor({0.5, 2.0}, at::kDouble) * torch::linalg_vector_norm(gradient, 2, {1}, true);
  const double tolerance = std::string(GetParam()) == "ibp" ? 1e9 : 1e-12;  // a box is not a ball
  EXPECT_LT((lower - exact).abs().max().item<double>(), tolerance);
  EXPECT_LE((lower - exact).max().item<double>(), 1e-12);
}

TEST_P(EveryMethod, BoundsOfASmallerRegionAreNoLooser) {
  const at::NoGradGuard no_gradient;
  for (const Net& net : nets()) {
    std::vector<int64_t> shape = net.shape;
    shape.insert(shape.begin(), 1);
    const at::Tensor center = torch::randn(shape, at::kDouble);
    const Graph graph = trace_graph(net.function, center);
    const int64_t width = graph.node(graph.output()).shape[0];
    const at::Tensor rows = torch::eye(width, at::kDouble).unsqueeze(1);
    at::Tensor before = torch::full({width, 1}, -kInfinity, at::kDouble);
    for (const double radius : {1.0, 0.1, 0.01, 0.001}) {
      const LpBall ball = LpBall::of_all(center, torch::full({1}, radius, at::kDouble), kInfinity);
      const at::Tensor lower = bound(graph, ball, rows, find_bound_method(GetParam())).lower;
      // Area-optimal lines are not nested exactly: a factor of ten in the radius must still win.
      EXPECT_TRUE((lower >= before - 1e-9).all().item<bool>()) << net.name << " radius " << radius;
      before = lower;
    }
  }
}

TEST_P(EveryMethod, ItemsOfABatchDoNotSeeEachOther) {
  // The search for lines takes steps by the sign of gradients that can be rounding alone.
  const double tolerance = find_bound_method(GetParam()).is_optimized ? 2e-2 : 1e-9;
  const at::NoGradGuard no_gradient;
  for (const Net& net : nets()) {
    std::vector<int64_t> shape = net.shape;
    shape.insert(shape.begin(), 3);
    const at::Tensor center = torch::randn(shape, at::kDouble),
                     radius = torch::tensor({0.01, 0.1, 0.3}, at::kDouble);
    const Graph graph = trace_graph(net.function, center.narrow(0, 0, 1));
    const int64_t width = graph.node(graph.output()).shape[0];
    const at::Tensor rows = torch::eye(width, at::kDouble).unsqueeze(1);
    const BoundMethod& method = find_bound_method(GetParam());
    const at::Tensor together = bound(graph, LpBall::of_all(center, radius, 2), rows, method).lower;
    for (int64_t b = 0; b < 3; ++b) {
      const at::Tensor alone =
          bound(graph, LpBall::of_all(center.narrow(0, b, 1), radius.narrow(0, b, 1), 2), rows,
                method)
              .lower;
      EXPECT_LT((together.narrow(1, b, 1) - alone).abs().max().item<double>(), tolerance)
          << net.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod,
                         testing::Values("ibp", "crown-ibp", "forward", "forward+backward",
                                         "zonotope", "zonotope+backward", "zonotope+unstable",
                                         "unstable", "forward+unstable", "crown", "alpha-crown-ibp",
                                         "alpha-forward+backward", "alpha-zonotope+backward",
                                         "alpha-crown"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name)
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           return name;
                         });

/// Both paths read one tanh: what its lines lose cancels, which symbols know and forms do not.
TEST(Zonotopes, ErrorsCancelWherePathsJoin) {
  const at::NoGradGuard no_gradient;
  torch::manual_seed(13);
  const at::Tensor a = weight(6, 4), b = weight(3, 6), center = torch::randn({1, 4}, at::kDouble);
  const Graph graph = trace_graph(
      [=](const at::Tensor& x) {
        const at::Tensor h = at::linear(x, a).tanh();
        return at::linear(h, b) - at::linear(h, b * 0.75);
      },
      center);
  const LpBall ball = LpBall::of_all(center, torch::full({1}, 0.3, at::kDouble), 2);
  const at::Tensor rows = torch::eye(3, at::kDouble).unsqueeze(1);
  const auto lower = [&](const char* name) {
    return bound(graph, ball, rows, find_bound_method(name)).lower;
  };
  const at::Tensor zonotope = lower("zonotope"), forward = lower("forward");
  EXPECT_TRUE((zonotope > forward + 1e-3).all().item<bool>()) << zonotope << forward;
}

// Nodes that do not follow each other once shared their error symbols, whose errors then cancelled:
// at least -.375 was "proved" of a function that is -.5 at 0.
TEST(Zonotopes, ErrorsOfDifferentNodesAreDifferent) {
  const at::NoGradGuard no_gradient;
  const at::Tensor zero = at::zeros({1, 1}, at::kDouble);
  const Graph graph =
      trace_graph([](const at::Tensor& x) { return x.relu() - (x + 0.5).relu() + x * 0.25; }, zero);
  const LpBall ball = LpBall::of_all(zero, torch::full({1}, 1.0, at::kDouble), kInfinity);
  const at::Tensor row = torch::ones({1, 1, 1}, at::kDouble);
  // relu(x) = .5 x + .25 +- .25; relu(x + .5) = .75 x + .5625 +- .1875.
  EXPECT_NEAR(bound(graph, ball, row, find_bound_method("zonotope")).lower.item<double>(), -0.75,
              1e-9);
}

/// Layers with a residual path around attention, (B, T, width) to the first row: after each of them
/// one node separates the graph.
TensorFunction attention_layers(int64_t width, int64_t hidden, int layers) {
  const at::Tensor q = weight(width, width), v = weight(width, width), f = weight(hidden, width),
                   g = weight(width, hidden);
  return [=](const at::Tensor& input) {
    at::Tensor x = input;
    for (int layer = 0; layer < layers; ++layer) {
      const at::Tensor p = at::matmul(at::linear(x, q), x.transpose(1, 2)).softmax(-1);
      const at::Tensor y = x + at::matmul(p, at::linear(x, v));
      x = y + at::linear(at::linear(y, f).relu(), g);
      x = x - x.mean(-1, true);
    }
    return x.select(1, 0);
  };
}

TEST(Zonotopes, FewerSymbolsInLessMemoryAreSoundAndLooser) {
  const at::NoGradGuard no_gradient;
  torch::manual_seed(14);
  const TensorFunction function = attention_layers(4, 8, 3);
  const at::Tensor center = torch::randn({1, 3, 4}, at::kDouble);
  const Graph graph = trace_graph(function, center);
  const at::Tensor rows = torch::eye(4, at::kDouble).unsqueeze(1);
  const BoundMethod& method = find_bound_method("zonotope");
  const FormMemory memory(graph, method, 12);
  constexpr int64_t kEnough = int64_t{1} << 30;
  int64_t little = kEnough;
  while (memory.symbols(little / 2) > 0) little /= 2;
  ASSERT_TRUE(memory.fits(little));
  ASSERT_LT(memory.symbols(little), 40);
  for (const double p : {1.0, 2.0, kInfinity}) {
    const LpBall ball = LpBall::of_all(center, torch::full({1}, 0.02, at::kDouble), p);
    const at::Tensor all = bound(graph, ball, rows, method, {.memory_bytes = kEnough}).lower,
                     few = bound(graph, ball, rows, method, {.memory_bytes = little}).lower;
    at::Tensor z = torch::randn({2000, 12}, at::kDouble);
    z = z / torch::linalg_vector_norm(z, p, {1}, true) * 0.02;
    const at::Tensor least =
        std::get<0>(evaluate(graph, center + z.view({2000, 3, 4})).min(0)).unsqueeze(1);
    EXPECT_TRUE((all <= least + 1e-12).all().item<bool>()) << p;
    EXPECT_TRUE((few <= least + 1e-12).all().item<bool>()) << p;
    EXPECT_LT((few - all).sum().item<double>(), 0) << p;
    const at::Tensor outward = bound(graph, ball, rows, method,
                                     {.memory_bytes = little, .arithmetic = Arithmetic::kRigorous})
                                   .lower;
    EXPECT_TRUE((outward <= few).all().item<bool>()) << p;
    EXPECT_LT((few - outward).max().item<double>(), 1e-6) << p;
  }
}

/// Together their forms are made in many pieces, alone in few.
TEST(Zonotopes, ItemsBoundedTogetherAreBoundedAsAlone) {
  const at::NoGradGuard no_gradient;
  torch::manual_seed(15);
  const TensorFunction function = attention_layers(16, 64, 2);
  constexpr int64_t kItems = 6;
  const at::Tensor center = torch::randn({kItems, 8, 16}, at::kDouble) * 0.3,
                   radius = torch::rand({kItems}, at::kDouble) * 0.02;
  const Graph graph = trace_graph(function, center.narrow(0, 0, 1));
  const at::Tensor rows = torch::eye(16, at::kDouble).unsqueeze(1);
  const BoundMethod& method = find_bound_method("zonotope");
  constexpr int64_t kEnough = int64_t{1} << 31;
  const int64_t symbols = FormMemory(graph, method, 128).symbols(kEnough);
  ASSERT_LT(rows_of_piece(8 * 64 * kItems) * 2, 8 * 64) << "not several pieces";
  ASSERT_GT(symbols, 1000);
  for (const Arithmetic arithmetic : {Arithmetic::kNearest, Arithmetic::kRigorous}) {
    const BoundOptions options{.memory_bytes = kEnough, .arithmetic = arithmetic};
    const at::Tensor together =
        bound(graph, LpBall::of_all(center, radius, 2), rows, method, options).lower;
    for (int64_t i = 0; i < kItems; ++i) {
      const LpBall ball = LpBall::of_all(center.narrow(0, i, 1), radius.narrow(0, i, 1), 2);
      const at::Tensor alone = bound(graph, ball, rows, method, options).lower.squeeze(1);
      EXPECT_LT((together.select(1, i) - alone).abs().max().item<double>(), 1e-9) << i;
    }
  }
}

TEST(Zonotopes, GradientsAreRefused) {
  const at::Tensor center = torch::randn({1, 2}, at::kDouble);
  const Graph graph = trace_graph([](const at::Tensor& x) { return x.tanh(); }, center);
  const at::Tensor radius = torch::ones({1}, at::kDouble).requires_grad_();
  const LpBall ball = LpBall::of_all(center, radius, 2);
  EXPECT_EQ(test::error_message<ConfigError>([&] {
              bound(graph, ball, torch::eye(2, at::kDouble).unsqueeze(1),
                    find_bound_method("zonotope+backward"));
            }),
            "gradients of bounds: expected a method without zonotopes, got 'zonotope+backward'");
}

TEST(Bound, BlocksUnderAMemoryBudgetChangeNothing) {
  const at::NoGradGuard no_gradient;
  const Net net = nets()[3];
  const at::Tensor center = torch::randn({2, 3, 4}, at::kDouble);
  const Graph graph = trace_graph(net.function, center.narrow(0, 0, 1));
  const LpBall ball = LpBall::of_all(center, torch::tensor({0.05, 0.1}, at::kDouble), 2);
  const at::Tensor rows = torch::eye(4, at::kDouble).unsqueeze(1);
  const BoundMethod& method = find_bound_method("crown");
  const at::Tensor free = bound(graph, ball, rows, method).lower;
  const at::Tensor tight = bound(graph, ball, rows, method, {.memory_bytes = 5120}).lower;  // 1 row
  EXPECT_LT((free - tight).abs().max().item<double>(), 1e-11);
}

TEST(Bound, GradientsAgreeWithFiniteDifferences) {
  torch::manual_seed(12);
  const at::Tensor a = weight(5, 3), b = weight(2, 5), center = torch::randn({1, 3}, at::kDouble);
  const Graph graph = trace_graph(
      [=](const at::Tensor& x) { return at::linear(at::linear(x, a).relu(), b); }, center);
  const at::Tensor rows = torch::eye(2, at::kDouble).unsqueeze(1);
  const auto value = [&](const at::Tensor& radius) {
    return bound(graph, LpBall::of_all(center, radius, 2), rows, find_bound_method("crown-ibp"))
        .lower.sum();
  };
  const at::Tensor radius = torch::full({1}, 0.3, at::kDouble).requires_grad_();
  value(radius).backward();
  const at::Tensor plain = radius.detach();
  const double numeric = (value(plain + 1e-6) - value(plain - 1e-6)).item<double>() / 2e-6;
  EXPECT_NEAR(radius.grad().item<double>(), numeric, 1e-5 * std::abs(numeric));
}

TEST(Bound, AnOverflowIsUnknownAndNamed) {
  const at::Tensor center = torch::zeros({1, 2}, at::kDouble);
  const Graph graph =
      trace_graph([](const at::Tensor& x) { return 1 / x; }, torch::ones({1, 2}, at::kDouble));
  const LpBall ball = LpBall::of_all(center, torch::ones({1}, at::kDouble), kInfinity);
  const BoundResult result =
      bound(graph, ball, torch::eye(2, at::kDouble).unsqueeze(1), find_bound_method("crown-ibp"));
  EXPECT_TRUE((result.lower == -kInfinity).all().item<bool>());
  const std::string text = first_unbounded(graph, result.intervals, 0);
  EXPECT_NE(text.find("(reciprocal) is unbounded; its input lies in [-1, 1]"), std::string::npos)
      << text;
}

// A network that is not defined in a part of the region has no bound there.
TEST(Bound, OutsideOfADomainIsUnboundedByEveryMethod) {
  const at::Tensor center = torch::full({1, 2}, 0.5, at::kDouble);
  const LpBall ball = LpBall::of_all(center, torch::ones({1}, at::kDouble), kInfinity);
  const std::map<std::string, TensorFunction> functions = {
      {"sqrt", [](const at::Tensor& x) { return x.sqrt(); }},
      {"pow 0.5", [](const at::Tensor& x) { return x.pow(0.5); }},
      {"pow 1.5", [](const at::Tensor& x) { return x.pow(1.5); }},
      {"log", [](const at::Tensor& x) { return x.log(); }},
      {"rsqrt", [](const at::Tensor& x) { return x.rsqrt(); }}};
  for (const auto& [name, function] : functions) {
    const Graph graph = trace_graph(function, center);
    for (const BoundMethod& method : bound_methods())
      for (const Arithmetic arithmetic : {Arithmetic::kNearest, Arithmetic::kRigorous}) {
        if (method.is_optimized && is_rigorous(arithmetic)) continue;
        BoundOptions options;
        options.arithmetic = arithmetic;
        const BoundResult result =
            bound(graph, ball, torch::eye(2, at::kDouble).unsqueeze(1), method, options);
        EXPECT_TRUE((result.lower == -kInfinity).all().item<bool>()) << name << " " << method.name;
      }
  }
}

TEST(Bound, RefusesASpecificationOfAnotherShape) {
  const Graph graph =
      trace_graph([](const at::Tensor& x) { return x.relu(); }, torch::ones({1, 2}));
  const LpBall ball = LpBall::of_all(torch::zeros({1, 2}), torch::ones({1}), 2);
  EXPECT_EQ(test::error_message<ShapeError>([&] {
              bound(graph, ball, torch::ones({1, 1, 3}), find_bound_method("ibp"));
            }),
            "bound: expected a specification (R, B, output) for 1 items");
  EXPECT_EQ(
      test::error_message<ConfigError>([&] { find_bound_method("magic"); }),
      "--method: expected one of ibp, crown-ibp, forward, forward+backward, zonotope, "
      "zonotope+backward, zonotope+unstable, unstable, forward+unstable, crown, alpha-crown-ibp, "
      "alpha-forward+backward, alpha-zonotope+backward, alpha-crown, got 'magic'");
}

}  // namespace
}  // namespace limbeck::verify
