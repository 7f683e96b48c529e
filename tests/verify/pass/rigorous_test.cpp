#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/verify/mpfi_graph.h"
#include "verify/pass/bound.h"
#include "verify/region/lp_ball.h"
#include "verify/region/synonym_set.h"
#include "verify/trace/trace_graph.h"

/// Rigorous bounds against 300-bit interval arithmetic: a true value of the real-valued network is
/// never below its bound, whatever the magnitudes.
namespace limbeck::verify {
namespace {

using test::Real;
using test::RealEvaluation;

const double kInfinity = std::numeric_limits<double>::infinity();
const BoundOptions kRigorous = {.arithmetic = Arithmetic::kRigorous};

/// Normal numbers times powers of ten between 1e-8 and 1e8.
at::Tensor extreme(at::IntArrayRef sizes, double decades = 8) {
  return torch::randn(sizes, at::kDouble) *
         at::pow(10.0, (torch::rand(sizes, at::kDouble) * 2 - 1) * decades);
}

at::Tensor weight(int64_t out, int64_t in) {
  return torch::randn({out, in}, at::kDouble) / std::sqrt(static_cast<double>(in));
}

struct Net {
  const char* name;
  TensorFunction function;
  std::vector<int64_t> shape;
};

std::vector<Net> nets(uint64_t seed) {
  torch::manual_seed(seed);
  std::vector<Net> all;
  const at::Tensor big = extreme({9, 4}), wide = extreme({7, 9}), last = extreme({3, 7}),
                   b = extreme({9}), c = extreme({7});
  all.push_back({"relu",
                 [=](const at::Tensor& x) {
                   return at::linear(at::linear(at::linear(x, big, b).relu(), wide, c).relu(),
                                     last);
                 },
                 {4}});
  const at::Tensor s = weight(6, 4), t = weight(5, 6), v = extreme({3, 5});
  all.push_back({"smooth",
                 [=](const at::Tensor& x) {
                   const at::Tensor h = at::gelu(at::linear(at::linear(x, s).tanh(), t));
                   return at::linear(at::silu(h) + h.sigmoid(), v);
                 },
                 {4}});
  all.push_back({"gate",
                 [=](const at::Tensor& x) {
                   const at::Tensor h = at::linear(x, s);
                   return (h.sigmoid() * h.tanh()).exp() + h.square() * 1e-8 -
                          at::softplus(h).amax({1}, true);
                 },
                 {4}});
  const at::Tensor q = weight(4, 4), k = weight(4, 4), w = extreme({4, 4}, 3), f = weight(6, 4),
                   g = weight(4, 6), shift = extreme({4}, 6);
  all.push_back({"attention",
                 [=](const at::Tensor& x) {
                   const at::Tensor scores =
                       at::matmul(at::linear(x, q), at::linear(x, k).transpose(1, 2)) /
                       std::sqrt(4.);
                   const at::Tensor y = x + at::matmul(scores.softmax(-1), at::linear(x, w, shift));
                   const at::Tensor z = y - y.mean(-1, true);
                   return (z + at::linear(at::linear(z, f).relu(), g)).select(1, 0);
                 },
                 {3, 4}});
  const at::Tensor from_input = extreme({12, 4}, 1), from_state = extreme({12, 3}, 1),
                   zero = at::zeros({1, 1, 3}, at::kDouble);
  all.push_back({"lstm",
                 [=](const at::Tensor& x) {
                   const at::Tensor y = std::get<0>(
                       at::lstm(x, {zero, zero}, {from_input, from_state}, /*has_biases=*/false, 1,
                                0.0, false, false, /*batch_first=*/true));
                   return at::cat({y.mean(1), y.select(1, -1)}, 1);
                 },
                 {3, 4}});
  all.push_back({"layer_norm",
                 [=](const at::Tensor& x) {
                   return at::linear(at::layer_norm(at::linear(x, s), {6}, {}, {}, 1e-5).relu(), t);
                 },
                 {4}});
  return all;
}

/// The least exact value of a row at a point, as an interval.
Real row_value(const std::vector<double>& row, const std::vector<Real>& y) {
  Real sum = 0;
  for (size_t i = 0; i < y.size(); ++i) sum = sum + Real(row[i]) * y[i];
  return sum;
}

/// Doubles inside a ball in exact arithmetic: the centre moved by what is rounded towards it.
at::Tensor point_in(const at::Tensor& center, double radius, double p, int trial) {
  at::Tensor z = torch::randn({center.numel()}, at::kDouble);
  if (std::isinf(p)) z = z.sign();
  if (p == 1) z = z * (z.abs() == z.abs().max());
  if (trial % 5 == 4) z = z * 0;
  const double norm = torch::linalg_vector_norm(z, p).item<double>();
  const at::Tensor step = z * (norm == 0 ? 0 : radius / norm * (1 - 1e-12));
  return center + step.view(center.sizes());
}

bool is_inside(const at::Tensor& point, const at::Tensor& center, double radius, double p) {
  const std::vector<double> x = test::doubles_of(point), c = test::doubles_of(center);
  Real sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const Real d = Real(x[i]) - Real(c[i]), size = max(d, -d);
    sum = std::isinf(p) ? max(sum, size) : sum + (p == 1 ? size : size * size);
  }
  const Real limit = p == 2 ? Real(radius) * Real(radius) : Real(radius);
  return !sum.is_above(limit.lower());
}

/// Offsets of gates come from the extremes over a grid, which is finer in rigorous arithmetic:
/// apart from rounding, bounds may differ by a little in either direction.
double grid_difference(const Net& net) {
  const std::string name = net.name;
  return name == "lstm" || name == "gate" ? 0.05 : 0;
}

class RigorousMethod : public testing::TestWithParam<const char*> {};

TEST_P(RigorousMethod, NoExactValueIsBelowItsBoundOnNetsOfExtremeMagnitudes) {
  const at::NoGradGuard no_gradient;
  int64_t tried = 0;
  for (const uint64_t seed : {1u, 2u, 3u})
    for (const Net& net : nets(seed)) {
      std::vector<int64_t> shape = net.shape;
      shape.insert(shape.begin(), 1);
      const at::Tensor center = torch::randn(shape, at::kDouble);
      const Graph graph = trace_graph(net.function, center);
      const int64_t width = graph.node(graph.output()).shape[0];
      const at::Tensor rows =
          torch::cat({torch::eye(width, at::kDouble), extreme({2, width})}).unsqueeze(1);
      for (const double p : {1.0, 2.0, kInfinity})
        for (const double radius : {0.0, 1e-9, 1e-3, 0.3}) {
          const LpBall ball = LpBall::of_all(center, torch::full({1}, radius, at::kDouble), p);
          const at::Tensor lower =
              bound(graph, ball, rows, find_bound_method(GetParam()), kRigorous).lower;
          EXPECT_TRUE(lower.isfinite().all().item<bool>()) << net.name << " radius " << radius;
          for (int trial = 0; trial < 5; ++trial) {
            const at::Tensor point = point_in(center, radius, p, trial);
            if (!is_inside(point, center, radius, p)) continue;
            ++tried;
            const std::vector<Real> y = RealEvaluation::of(graph, point[0]);
            for (int64_t r = 0; r < rows.size(0); ++r) {
              const Real value = row_value(test::doubles_of(rows[r][0]), y);
              ASSERT_FALSE(value.is_below(lower[r].item<double>()))
                  << net.name << " p " << p << " radius " << radius << " row " << r << ": "
                  << value.upper() - lower[r].item<double>();
            }
          }
        }
    }
  EXPECT_GT(tried, 500);
}

TEST_P(RigorousMethod, IsBelowTheUsualBoundByLittle) {
  const at::NoGradGuard no_gradient;
  for (const Net& net : nets(4)) {
    std::vector<int64_t> shape = net.shape;
    shape.insert(shape.begin(), 2);
    const at::Tensor center = torch::randn(shape, at::kDouble);
    const Graph graph = trace_graph(net.function, center.narrow(0, 0, 1));
    const int64_t width = graph.node(graph.output()).shape[0];
    const at::Tensor rows = torch::eye(width, at::kDouble).unsqueeze(1);
    for (const double radius : {1e-3, 0.1}) {
      const LpBall ball = LpBall::of_all(center, torch::full({2}, radius, at::kDouble), 2);
      const BoundMethod& method = find_bound_method(GetParam());
      const BoundResult usual = bound(graph, ball, rows, method);
      const BoundResult rigorous = bound(graph, ball, rows, method, kRigorous);
      const Interval& y = rigorous.intervals.back();
      const at::Tensor size = at::maximum(y.lower.abs(), y.upper.abs()).amax({1}) + 1;
      // Terms of 1e16 that cancel leave a rounding that no bound of the output can see.
      const double tolerance =
          grid_difference(net) + (std::string(net.name) == "relu" ? 1e-6 : 1e-10);
      EXPECT_LT(((usual.lower - rigorous.lower) / size).max().item<double>(), tolerance)
          << net.name;
      EXPECT_LT(((rigorous.lower - usual.lower) / size).max().item<double>(),
                grid_difference(net) + 1e-10)
          << net.name;
    }
  }
}

TEST_P(RigorousMethod, IsSoundAndTightOnAffineNetsOfExtremeMagnitudes) {
  torch::manual_seed(5);
  const at::Tensor a = extreme({5, 4}), b = extreme({3, 5}), center = extreme({2, 4});
  const Graph graph =
      trace_graph([=](const at::Tensor& x) { return at::linear(at::linear(x, a) - 2, b) * 3 + 1; },
                  center.narrow(0, 0, 1));
  for (const double p : {1.0, 2.0, 3.0, kInfinity}) {
    const LpBall ball = LpBall::of_all(center, torch::tensor({0.5, 1e-6}, at::kDouble), p);
    const at::Tensor rows = torch::eye(3, at::kDouble).unsqueeze(1);
    const BoundMethod& method = find_bound_method(GetParam());
    const at::Tensor lower = bound(graph, ball, rows, method, kRigorous).lower;
    const at::Tensor usual = bound(graph, ball, rows, method).lower;
    EXPECT_TRUE((lower <= usual + usual.abs() * 1e-14).all().item<bool>()) << p;
    const at::Tensor size = at::linear(at::linear(center.abs() + 0.5, a.abs()) + 2, b.abs()) * 3;
    EXPECT_TRUE((usual - lower <= size.t() * 1e-12).all().item<bool>()) << p;
  }
}

TEST_P(RigorousMethod, NoSentenceOfASynonymSetIsBelowItsBound) {
  const at::NoGradGuard no_gradient;
  for (const uint64_t seed : {6u, 7u}) {
    const Net net = nets(seed)[3];
    const at::Tensor table = torch::randn({12, 4}, at::kFloat).to(at::kDouble);
    const at::Tensor words = table.index_select(0, torch::tensor({0, 1, 2}));
    const Graph graph = trace_graph(net.function, words.unsqueeze(0));
    const at::Tensor position = torch::tensor({{0, 0, 1, 2, 2}}),
                     candidate = torch::tensor({3, 4, 5, 6, 7});
    const at::Tensor direction =
        (table.index_select(0, candidate) - words.index_select(0, position[0])).unsqueeze(0);
    for (const int64_t budget : {0, 1, 2, 3}) {
      const SynonymSet set(words.unsqueeze(0), position, direction, torch::tensor({budget}));
      const at::Tensor rows = torch::eye(4, at::kDouble).unsqueeze(1);
      const at::Tensor lower =
          bound(graph, set, rows, find_bound_method(GetParam()), kRigorous).lower;
      for (int64_t first : {0, 3, 4})
        for (int64_t second : {1, 5})
          for (int64_t third : {2, 6, 7}) {
            if ((first != 0) + (second != 1) + (third != 2) > budget) continue;
            // The candidates themselves, not words plus rounded directions.
            const at::Tensor point = table.index_select(0, torch::tensor({first, second, third}));
            const std::vector<Real> y = RealEvaluation::of(graph, point);
            for (int64_t r = 0; r < 4; ++r)
              ASSERT_FALSE(y[static_cast<size_t>(r)].is_below(lower[r].item<double>()))
                  << budget << ": " << first << " " << second << " " << third;
          }
    }
  }
}

TEST_P(RigorousMethod, NoExecutionInFloat32IsBelowItsBound) {
  const at::NoGradGuard no_gradient;
  const BoundOptions executed = {.arithmetic = Arithmetic::kRigorousFloat32};
  for (const uint64_t seed : {8u, 9u})
    for (const Net& net : nets(seed)) {
      std::vector<int64_t> shape = net.shape;
      shape.insert(shape.begin(), 1);
      const at::Tensor center = torch::randn(shape, at::kFloat).to(at::kDouble);
      // Weights that float32 holds, as those of a file.
      const Graph single = trace_graph(net.function, center).to(at::kFloat);
      const Graph graph = single.to(at::kDouble);
      const int64_t width = graph.node(graph.output()).shape[0];
      const at::Tensor rows = torch::eye(width, at::kDouble).unsqueeze(1);
      for (const double radius : {0.0, 1e-3, 0.1}) {
        const LpBall ball =
            LpBall::of_all(center, torch::full({1}, radius, at::kDouble), kInfinity);
        const BoundMethod& method = find_bound_method(GetParam());
        const at::Tensor lower = bound(graph, ball, rows, method, executed).lower;
        const at::Tensor real = bound(graph, ball, rows, method, kRigorous).lower;
        const at::Tensor excess = (lower - real) / (1 + real.abs());
        EXPECT_LE(excess.max().item<double>(), grid_difference(net)) << net.name;
        std::vector<int64_t> many = net.shape;
        many.insert(many.begin(), 200);
        const at::Tensor points =
            (center + (torch::rand(many, at::kDouble) * 2 - 1) * (radius * (1 - 1e-6)))
                .to(at::kFloat);
        const at::Tensor inside =
            at::minimum(at::maximum(points.to(at::kDouble), center - radius), center + radius);
        const at::Tensor y = evaluate(single, inside.to(at::kFloat)).to(at::kDouble);
        EXPECT_TRUE((y >= lower.t()).all().item<bool>()) << net.name << " radius " << radius;
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Methods, RigorousMethod,
                         testing::Values("ibp", "crown-ibp", "forward", "forward+backward",
                                         "zonotope", "zonotope+backward", "zonotope+unstable",
                                         "unstable", "forward+unstable", "crown"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name)
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           return name;
                         });

/// f(x) = 1e16 relu(x_1) + relu(x_2) - 1e16 relu(x_1): the usual arithmetic loses x_2.
TEST(RigorousBound, HoldsWhereUsualArithmeticProvesAFalsehood) {
  const at::Tensor spread = torch::tensor({{1.0, 0.0}, {0.0, 1.0}, {1.0, 0.0}}, at::kDouble);
  const at::Tensor row = torch::ones({1, 1, 1}, at::kDouble);
  const int64_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}};
  int64_t falsehoods = 0;  // which sums err depends on the order in which the processor adds
  for (const auto& order : orders)
    for (const double sign : {1.0, -1.0}) {
      const at::Tensor index = torch::tensor({order[0], order[1], order[2]});
      const at::Tensor sum =
          torch::tensor({{1e16, 1.0, -1e16}}, at::kDouble).index_select(1, index);
      const at::Tensor rows = spread.index_select(0, index);
      const at::Tensor bias = torch::full({1}, sign, at::kDouble);
      const at::Tensor center = torch::tensor({{1.0, -sign}}, at::kDouble);
      const Graph graph = trace_graph(
          [=](const at::Tensor& x) { return at::linear(at::linear(x, rows), sum, bias); }, center);
      const LpBall point = LpBall::of_all(center, torch::zeros({1}, at::kDouble), kInfinity);
      // In exact arithmetic f = 1e16 - sign - 1e16 + sign = 0.
      const std::vector<Real> exact = RealEvaluation::of(graph, center[0]);
      ASSERT_TRUE(exact[0].is_within(0, 0));
      for (const char* name : {"ibp", "crown-ibp", "forward", "crown"}) {
        const BoundMethod& method = find_bound_method(name);
        EXPECT_LE(bound(graph, point, row, method, kRigorous).lower.item<double>(), 0) << name;
      }
      falsehoods += bound(graph, point, row, find_bound_method("ibp")).lower.item<double>() > 0;
    }
  EXPECT_GT(falsehoods, 0) << "the usual arithmetic no longer errs here: choose a harder case";
}

/// Executed in float32, the sum of the case above in order loses what is left of x_2; the
/// real-valued network keeps it. A proof for the one is none for the other.
TEST(RigorousBound, OfTheExecutedNetworkCountsItsRounding) {
  const at::Tensor sum = torch::tensor({{1e8, 1.0, -1e8}}, at::kDouble);
  const at::Tensor spread = torch::tensor({{1.0, 0.0}, {0.0, 1.0}, {1.0, 0.0}}, at::kDouble);
  const at::Tensor center = torch::tensor({{1.0, 1.0}}, at::kDouble);
  const Graph graph = trace_graph(
      [=](const at::Tensor& x) { return at::linear(at::linear(x, spread), sum); }, center);
  const LpBall point = LpBall::of_all(center, torch::zeros({1}, at::kDouble), kInfinity);
  const at::Tensor row = torch::ones({1, 1, 1}, at::kDouble);
  const BoundMethod& method = find_bound_method("crown");
  const float executed = (1e8f + 1.0f) - 1e8f;
  ASSERT_EQ(executed, 0.0f);
  EXPECT_GT(bound(graph, point, row, method, kRigorous).lower.item<double>(), 0.9);
  EXPECT_LE(bound(graph, point, row, method, {.arithmetic = Arithmetic::kRigorousFloat32})
                .lower.item<double>(),
            executed);
}

TEST(RigorousBound, RefusesASearchForLinesAndFloat32) {
  const at::Tensor center = torch::zeros({1, 2}, at::kDouble);
  const Graph graph = trace_graph([](const at::Tensor& x) { return x.relu() * 2; }, center);
  const at::Tensor rows = torch::eye(2, at::kDouble).unsqueeze(1);
  const LpBall ball = LpBall::of_all(center, torch::ones({1}, at::kDouble), 2);
  EXPECT_EQ(test::error_message<ConfigError>(
                [&] { bound(graph, ball, rows, find_bound_method("alpha-crown"), kRigorous); }),
            "rigorous arithmetic: expected a method without a search for lines, got 'alpha-crown'");
  const LpBall single = LpBall::of_all(center.to(at::kFloat), torch::ones({1}), 2);
  EXPECT_EQ(test::error_message<ConfigError>([&] {
              bound(graph, single, rows.to(at::kFloat), find_bound_method("ibp"), kRigorous);
            }),
            "rigorous arithmetic: expected a network and a region in float64");
}

}  // namespace
}  // namespace limbeck::verify
