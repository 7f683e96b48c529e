#include "verify/relax/joint.h"

#include <gtest/gtest.h>

#include "verify/relax/propagate.h"

namespace limbeck::verify {
namespace {

struct Case {
  const char* op;
  std::vector<std::vector<int64_t>> shapes;
  std::vector<int64_t> ints, shape;
};

const double kRadii[] = {0, 1e-9, 1e-4, 1e-2, 0.3, 2, 20, 300};

class JointRelaxation : public testing::TestWithParam<Case> {
 protected:
  Node node() const {
    return {.op = GetParam().op, .inputs = {}, .shape = GetParam().shape, .ints = GetParam().ints};
  }

  /// One item a radius, for each input; some elements are points.
  std::vector<Interval> boxes() const {
    std::vector<Interval> result;
    for (const std::vector<int64_t>& shape : GetParam().shapes) {
      std::vector<int64_t> sizes = {8};
      sizes.insert(sizes.end(), shape.begin(), shape.end());
      const at::Tensor c = torch::randn(sizes, at::kDouble) * 2;
      std::vector<int64_t> wide(sizes.size(), 1);
      wide[0] = 8;
      const at::Tensor r =
          torch::tensor(std::vector<double>(std::begin(kRadii), std::end(kRadii)), at::kDouble)
              .view(wide) *
          torch::rand(sizes, at::kDouble) * (torch::rand(sizes, at::kDouble) < 0.8);
      result.push_back({c - r, c + r});
    }
    return result;
  }

  static std::vector<at::Tensor> point_in(const std::vector<Interval>& boxes, int kind) {
    std::vector<at::Tensor> point;
    for (const Interval& box : boxes) {
      const at::Tensor share = kind % 3 == 0 ? torch::rand_like(box.lower)
                                             : (torch::rand_like(box.lower) < 0.5).to(at::kDouble);
      point.push_back(box.lower + share * (box.upper - box.lower));
    }
    return point;
  }
};

TEST_P(JointRelaxation, SubstitutedRowsStayBelowTheValue) {
  torch::manual_seed(3);
  const std::vector<Interval> inputs = boxes();
  for (int trial = 0; trial < 40; ++trial) {
    std::vector<int64_t> sizes = {6, 8};
    sizes.insert(sizes.end(), GetParam().shape.begin(), GetParam().shape.end());
    const at::Tensor rows = torch::randn(sizes, at::kDouble);
    const Substitution low = node_backward(node(), inputs, rows);
    for (int kind = 0; kind < 12; ++kind) {
      const std::vector<at::Tensor> x = point_in(inputs, kind);
      const at::Tensor value = dot_items(rows, node_value(node(), x));
      at::Tensor bound = low.bias, size = low.bias.abs() + value.abs();
      for (size_t i = 0; i < x.size(); ++i) {
        bound = bound + dot_items(low.coefficients[i], x[i]);
        size = size + dot_items(low.coefficients[i].abs(), x[i].abs());
      }
      const at::Tensor excess = bound - value - 1e-12 * size;
      ASSERT_LE(excess.max().item<double>(), 0) << excess.argmax();
    }
  }
}

TEST_P(JointRelaxation, RowsSubstitutedByShiftedPlanesStayBelowTheValue) {
  if (!find_operation(GetParam().op).has_shifts()) GTEST_SKIP() << "has no shifts";
  torch::manual_seed(20);
  const std::vector<Interval> inputs = boxes();
  std::vector<int64_t> sizes = {6, 8};
  sizes.insert(sizes.end(), GetParam().shape.begin(), GetParam().shape.end());
  for (int trial = 0; trial < 40; ++trial) {
    const at::Tensor rows = torch::randn(sizes, at::kDouble);
    const LineShift shift{torch::randn(sizes, at::kDouble), torch::randn(sizes, at::kDouble)};
    const Substitution low = node_backward(node(), inputs, rows, &shift);
    for (int kind = 0; kind < 12; ++kind) {
      const std::vector<at::Tensor> x = point_in(inputs, kind);
      const at::Tensor value = dot_items(rows, node_value(node(), x));
      at::Tensor bound = low.bias, size = low.bias.abs() + value.abs();
      for (size_t i = 0; i < x.size(); ++i) {
        bound = bound + dot_items(low.coefficients[i], x[i]);
        size = size + dot_items(low.coefficients[i].abs(), x[i].abs());
      }
      const at::Tensor excess = bound - value - 1e-12 * size;
      ASSERT_LE(excess.max().item<double>(), 0) << excess.argmax();
    }
    const LineShift none{torch::zeros_like(rows), torch::zeros_like(rows)};
    const Substitution start = node_backward(node(), inputs, rows, &none),
                       usual = node_backward(node(), inputs, rows);
    EXPECT_LT((start.bias - usual.bias).abs().max().item<double>(),
              1e-12 * (1 + usual.bias.abs().max().item<double>()));
  }
}

TEST_P(JointRelaxation, IntervalsEncloseTheValueAtCorners) {
  torch::manual_seed(4);
  const std::vector<Interval> inputs = boxes();
  const Interval y = node_interval(node(), inputs);
  for (int kind = 0; kind < 300; ++kind) {
    const at::Tensor value = node_value(node(), point_in(inputs, kind));
    ASSERT_LE((y.lower - value - 1e-12 * value.abs()).max().item<double>(), 1e-300);
    ASSERT_LE((value - y.upper - 1e-12 * value.abs()).max().item<double>(), 1e-300);
  }
}

TEST_P(JointRelaxation, ForwardBoundsHoldForEveryCoordinate) {
  torch::manual_seed(5);
  // Inputs: middle(z) -+ half(z) with z in [-1, 1]^3 and half(z) = |.|-free positive form.
  std::vector<LinearBounds> bounds;
  std::vector<Interval> inputs;
  for (const std::vector<int64_t>& shape : GetParam().shapes) {
    std::vector<int64_t> sizes = {3, 8};
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    LinearBounds form;
    form.middle = torch::randn(sizes, at::kDouble) * 0.4;
    form.middle_bias = torch::randn(form.middle[0].sizes(), at::kDouble);
    form.half = torch::randn(sizes, at::kDouble) * 0.05;
    form.half_bias = form.half.abs().sum(0) + 0.1;
    bounds.push_back(form);
    const at::Tensor reach = form.middle.abs().sum(0) + form.half.abs().sum(0) + form.half_bias;
    inputs.push_back({form.middle_bias - reach, form.middle_bias + reach});
  }
  const LinearBounds y = node_forward(node(), inputs, bounds);
  for (int trial = 0; trial < 200; ++trial) {
    const at::Tensor z = trial % 2 == 0 ? torch::rand({3}, at::kDouble) * 2 - 1
                                        : torch::randint(0, 2, {3}, at::kDouble) * 2 - 1;
    std::vector<at::Tensor> x;
    for (const LinearBounds& form : bounds) {
      const at::Tensor middle = torch::tensordot(z, form.middle, {0}, {0}) + form.middle_bias;
      const at::Tensor half = torch::tensordot(z, form.half, {0}, {0}) + form.half_bias;
      const at::Tensor share = trial % 3 == 0
                                   ? torch::rand_like(half) * 2 - 1
                                   : torch::randint(0, 2, half.sizes(), at::kDouble) * 2 - 1;
      x.push_back(middle + share * half);
    }
    const at::Tensor value = node_value(node(), x);
    const at::Tensor middle = torch::tensordot(z, y.middle, {0}, {0}) + y.middle_bias;
    const at::Tensor half = torch::tensordot(z, y.half, {0}, {0}) + y.half_bias;
    ASSERT_LE(((value - middle).abs() - half).max().item<double>(), 1e-11);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryOperation, JointRelaxation,
                         testing::Values(Case{"product", {{3, 4}, {3, 4}}, {}, {3, 4}},
                                         Case{"gate", {{3, 4}, {3, 4}}, {}, {3, 4}},
                                         Case{"gated_tanh", {{3, 4}, {3, 4}}, {}, {3, 4}},
                                         Case{"matmul", {{2, 3, 4}, {2, 4, 5}}, {}, {2, 3, 5}},
                                         Case{"softmax", {{3, 5}}, {}, {3, 5}},
                                         Case{"softmax", {{1}}, {}, {1}},
                                         Case{"maximum", {{3, 4}}, {1, 4}, {3, 1}},
                                         Case{"maximum", {{3, 4}}, {0, 3}, {1, 4}}),
                         [](const auto& info) {
                           return std::string(info.param.op) + std::to_string(info.index);
                         });

/// Lower bound of sigmoid(x) tanh(y) at the centre of boxes of half width r, by the planes of the
/// cell's gate, and by lines of sigmoid and tanh and planes of their product.
std::pair<at::Tensor, at::Tensor> gate_bounds_at_center(double r) {
  const auto box = [r] {
    const at::Tensor c = torch::randn({500, 1}, at::kDouble) * 2;
    return Interval{c - r, c + r};
  };
  const std::vector<Interval> inputs = {box(), box()};
  const auto node = [](const char* op) { return Node{.op = op, .shape = {1}}; };
  const at::Tensor row = torch::ones({1, 500, 1}, at::kDouble);
  const at::Tensor cx = center(inputs[0]), cy = center(inputs[1]);
  const auto at_center = [&](const Substitution& low) {
    return (low.coefficients[0][0] * cx + low.coefficients[1][0] * cy).squeeze(1) + low.bias[0];
  };
  const std::vector<Interval> factors = {node_interval(node("sigmoid"), {&inputs[0], 1}),
                                         node_interval(node("tanh"), {&inputs[1], 1})};
  Substitution apart = node_backward(node("product"), factors, row);
  for (size_t i = 0; i < 2; ++i) {
    const Substitution line =
        node_backward(node(i == 0 ? "sigmoid" : "tanh"), {&inputs[i], 1}, apart.coefficients[i]);
    apart.coefficients[i] = line.coefficients[0];
    apart.bias = apart.bias + line.bias;
  }
  return {at_center(node_backward(node("gated_tanh"), inputs, row)), at_center(apart)};
}

TEST(GateRelaxation, IsNowhereLooserThanItsFactorsApartAndTighterInTheMean) {
  torch::manual_seed(50);
  for (const double r : {0.01, 0.1, 0.5, 2.0, 10.0}) {
    const auto [gate, apart] = gate_bounds_at_center(r);
    EXPECT_LE((apart - gate).max().item<double>(), 1e-12) << r;
    EXPECT_GT((gate - apart).mean().item<double>(), 0) << r;
  }
}

TEST(SoftmaxRelaxation, StaysAboveOnTheBoxWhereAPublishedToolDoesNot) {
  // x in [-28, -11.6] x {0}: the published upper plane is the tangent of exp at ln p_high, which
  // lies below exp: bound 9.1561e-6 < exact maximum 9.1660e-6, and -1.41e-4 < 6.9e-13 at x = (-28,
  // 0).
  const Node node{.op = "softmax", .shape = {2}};
  const Interval x{torch::tensor({{-28.0, 0.0}}, at::kDouble),
                   torch::tensor({{-11.6, 0.0}}, at::kDouble)};
  const at::Tensor row = torch::tensor({{{-1.0, 0.0}}}, at::kDouble);
  const Substitution low = node_backward(node, std::vector<Interval>{x}, row);
  for (const double first : {-28.0, -20.0, -11.6}) {
    const at::Tensor point = torch::tensor({{first, 0.0}}, at::kDouble);
    const double p = std::exp(first) / (1 + std::exp(first));
    const double upper = -(dot_items(low.coefficients[0], point) + low.bias).item<double>();
    EXPECT_GE(upper, p * (1 - 1e-9)) << first;
  }
  EXPECT_NEAR(node_interval(node, std::vector<Interval>{x}).upper[0][0].item<double>(), 9.166004e-6,
              1e-11);
}

TEST(SoftmaxRelaxation, BoundsASureWinnerByOne) {
  // A published interval softmax with + 1e-12 in the denominator bounds an output of 1 by 1e-8 on a
  // wide box.
  const Node node{.op = "softmax", .shape = {2}};
  const Interval x{torch::tensor({{-700.0, -700.0}}, at::kDouble),
                   torch::tensor({{700.0, -600.0}}, at::kDouble)};
  const Interval y = node_interval(node, std::vector<Interval>{x});
  EXPECT_DOUBLE_EQ(y.upper[0][0].item<double>(), 1.0);
  EXPECT_GE(y.lower[0][0].item<double>(), 0.0);
}

/// Rows that sum to one times values that are all near 100: what is lost must not grow with 100.
TEST(MatmulRelaxation, OfRowsThatSumToOneDoesNotSeeACommonOffset) {
  torch::manual_seed(18);
  const at::Tensor p = torch::rand({1, 3, 5}, at::kDouble).softmax(-1),
                   v = torch::randn({1, 5, 2}, at::kDouble);
  const Interval weights{p * 0.9, (p * 1.1).clamp_max(1)};
  const auto bounds = [&](double offset, double mark) {
    const Node node{.op = "matmul", .shape = {3, 2}, .numbers = {mark}};
    const std::vector<Interval> inputs = {weights, {v + offset - 0.1, v + offset + 0.1}};
    return node_interval(node, inputs);
  };
  const Interval near = bounds(0, 1), far = bounds(100, 1), plain = bounds(100, 0);
  EXPECT_LT((far.lower - near.lower - 100).abs().max().item<double>(), 1e-10);
  EXPECT_GT((plain.upper - plain.lower).min().item<double>(),
            5 * (far.upper - far.lower).max().item<double>());
  for (int trial = 0; trial < 200; ++trial) {  // members: rows that sum to one, within the interval
    const at::Tensor shift = torch::randn({1, 3, 5}, at::kDouble) * 0.02;
    const at::Tensor member = p * (1 + shift - (p * shift).sum(-1, true));
    if (!((member >= weights.lower) & (member <= weights.upper)).all().item<bool>()) continue;
    const at::Tensor value = at::matmul(member, v + 100 + (torch::rand_like(v) - 0.5) * 0.2);
    ASSERT_TRUE(((value >= far.lower - 1e-11) & (value <= far.upper + 1e-11)).all().item<bool>());
  }
}

TEST(MatmulInterval, IsExactWhereOneFactorKeepsItsSign) {
  const Node node{.op = "matmul", .shape = {1, 1}};
  const auto box = [](double l, double u) {
    return Interval{torch::full({1, 1, 1}, l, at::kDouble), torch::full({1, 1, 1}, u, at::kDouble)};
  };
  const std::vector<Interval> inputs = {box(-2, -1), box(-3, 1)};
  const Interval y = node_interval(node, inputs);
  EXPECT_DOUBLE_EQ(y.lower.item<double>(), -2);
  EXPECT_DOUBLE_EQ(y.upper.item<double>(), 6);
}

}  // namespace
}  // namespace limbeck::verify
