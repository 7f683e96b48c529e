#include "verify/relax/scalar.h"

#include <gtest/gtest.h>

#include "tests/verify/boxes.h"
#include "verify/relax/parallel_lines.h"
#include "verify/relax/propagate.h"

namespace limbeck::verify {
namespace {

struct Case {
  const char* op;
  std::vector<double> numbers;
  double least, most;  // of the intervals that are tried
};

class ScalarRelaxation : public testing::TestWithParam<Case> {
 protected:
  Node node() const {
    return {.op = GetParam().op, .inputs = {0}, .shape = {}, .numbers = GetParam().numbers};
  }
  const ScalarRule& rule() const {
    return std::get<ScalarRule>(find_operation(GetParam().op).rule);
  }
  Interval intervals() const {
    return test::all_kinds_of_intervals(GetParam().least, GetParam().most);
  }
};

/// What rounding of one product and one sum of the line may cost: 1e-13 of the largest term.
at::Tensor slack(const at::Tensor& slope, const at::Tensor& offset, const at::Tensor& x,
                 const at::Tensor& f) {
  return 1e-13 * ((slope * x).abs() + offset.abs() + f.abs()) + 1e-300;
}

std::string worst(const at::Tensor& excess, const Interval& x) {
  const int64_t b = std::get<0>(excess.max(0)).argmax().item<int64_t>();
  return "worst " + std::to_string(excess.max().item<double>()) + " on [" +
         std::to_string(x.lower[b].item<double>()) + ", " +
         std::to_string(x.upper[b].item<double>()) + "]";
}

void expect_enclosed(const Lines& lines, const Interval& x, const at::Tensor& points,
                     const at::Tensor& f) {
  const at::Tensor low = lines.lower_slope * points + lines.lower_offset;
  const at::Tensor high = lines.upper_slope * points + lines.upper_offset;
  const at::Tensor under = low - f - slack(lines.lower_slope, lines.lower_offset, points, f);
  const at::Tensor over = f - high - slack(lines.upper_slope, lines.upper_offset, points, f);
  EXPECT_TRUE((under <= 0).all().item<bool>()) << worst(under, x);
  EXPECT_TRUE((over <= 0).all().item<bool>()) << worst(over, x);
}

TEST_P(ScalarRelaxation, LinesEncloseTheFunctionAtEndsKinksAndInside) {
  torch::manual_seed(1);
  const Interval x = intervals();
  const at::Tensor points = test::points_in(x), f = rule().value(node(), points);
  expect_enclosed(rule().lines(node(), x), x, points, f);
}

TEST_P(ScalarRelaxation, ParallelLinesEncloseTheFunctionToo) {
  torch::manual_seed(1);
  const Interval x = intervals();
  const Lines lines = parallel_lines(node(), x);
  ASSERT_TRUE(lines.are_parallel());
  const at::Tensor points = test::points_in(x), f = rule().value(node(), points);
  expect_enclosed(lines, x, points, f);
  // Both touch the function, or nearly: no lines of this slope are much closer.
  const at::Tensor rest = f - lines.lower_slope * points;
  const at::Tensor gap =
      (rest - lines.lower_offset).amin({0}) + (lines.upper_offset - rest).amin({0});
  const at::Tensor height = lines.upper_offset - lines.lower_offset;
  EXPECT_TRUE((gap <= 0.2 * height + 1e-9 * (1 + f.abs().amax({0}))).all().item<bool>());
}

TEST_P(ScalarRelaxation, ShiftedLinesEncloseTheFunctionForEveryShift) {
  if (rule().shifted == nullptr) GTEST_SKIP() << "has no shifts";
  torch::manual_seed(19);
  const Interval x = intervals();
  const at::Tensor points = test::points_in(x), f = rule().value(node(), points);
  for (const double scale : {0.0, 0.01, 0.5, 1.0, 1000.0}) {
    SCOPED_TRACE(scale);
    const at::Tensor up = torch::randn_like(x.lower) * scale,
                     down = torch::randn_like(x.lower) * scale;
    const Lines lines = rule().shifted(node(), x, {down, up});
    expect_enclosed(lines, x, points, f);
    if (scale > 0) continue;
    const Lines usual = rule().lines(node(), x);
    EXPECT_TRUE(at::allclose(lines.lower_slope, usual.lower_slope, 1e-9, 1e-12));
    EXPECT_TRUE(at::allclose(lines.upper_offset, usual.upper_offset, 1e-9, 1e-12));
  }
}

TEST_P(ScalarRelaxation, IntervalsEncloseTheFunction) {
  torch::manual_seed(2);
  const Interval x = intervals(), y = rule().interval(node(), x);
  const at::Tensor f = rule().value(node(), test::points_in(x));
  const at::Tensor room = 1e-14 * f.abs() + 1e-300;
  EXPECT_TRUE((f >= y.lower - room).all().item<bool>()) << worst(y.lower - f, x);
  EXPECT_TRUE((f <= y.upper + room).all().item<bool>()) << worst(f - y.upper, x);
}

TEST_P(ScalarRelaxation, LinesMeetOnPointsAndCloseInWithTheWidth) {
  const at::Tensor at = torch::tensor({-3.0, -1.0, -0.4, 0.25, 0.8, 2.5}, at::kDouble)
                            .clamp(GetParam().least, GetParam().most);
  const at::Tensor f = rule().value(node(), at);
  const Lines lines = rule().lines(node(), {at, at});
  EXPECT_LT((lines.lower_slope * at + lines.lower_offset - f).abs().max().item<double>(), 1e-12);
  EXPECT_LT((lines.upper_slope * at + lines.upper_offset - f).abs().max().item<double>(), 1e-12);
  double before = 1e300;
  for (const double width : {1e-1, 1e-2, 1e-3}) {
    const Lines narrow = rule().lines(node(), {at, (at + width).clamp_max(GetParam().most)});
    const at::Tensor gap =
        (narrow.upper_slope - narrow.lower_slope) * at + narrow.upper_offset - narrow.lower_offset;
    EXPECT_LT(gap.max().item<double>(), before);
    before = std::max(gap.max().item<double>(), 1e-9);
  }
}

TEST_P(ScalarRelaxation, InvertedLinesAreCaught) {
  // Mutation: upper and lower exchanged must fail the law above, or the law tests nothing.
  const Interval x = intervals();
  const Lines lines = rule().lines(node(), x);
  const at::Tensor points = test::points_in(x), f = rule().value(node(), points);
  EXPECT_TRUE((lines.upper_slope * points + lines.upper_offset > f + 1e-6).any().item<bool>());
  EXPECT_TRUE((lines.lower_slope * points + lines.lower_offset < f - 1e-6).any().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(
    EveryFunction, ScalarRelaxation,
    testing::Values(Case{"relu", {}, -1e4, 1e4}, Case{"leaky_relu", {0.1}, -1e4, 1e4},
                    Case{"abs", {}, -1e4, 1e4}, Case{"clamp", {-1, 2}, -1e4, 1e4},
                    Case{"tanh", {}, -1e4, 1e4}, Case{"sigmoid", {}, -1e4, 1e4},
                    Case{"erf", {}, -1e4, 1e4}, Case{"exp", {}, -1e4, 300},
                    Case{"log", {}, 1e-6, 1e4}, Case{"sqrt", {}, 0, 1e4},
                    Case{"rsqrt", {}, 1e-6, 1e4}, Case{"reciprocal", {}, 1e-6, 1e4},
                    Case{"square", {}, -1e4, 1e4}, Case{"power", {3}, -1e3, 1e3},
                    Case{"power", {4}, -1e3, 1e3}, Case{"real_power", {0.3}, 0, 1e4},
                    Case{"real_power", {1.7}, 0, 1e4}, Case{"real_power", {2.5}, 0, 1e4},
                    Case{"real_power", {-2}, 0.1, 1e4}, Case{"real_power", {-0.7}, 0.05, 1e4},
                    Case{"gelu", {}, -1e4, 1e4}, Case{"gelu_tanh", {}, -1e4, 1e4},
                    Case{"silu", {}, -1e4, 1e4}, Case{"softplus", {}, -1e4, 1e4},
                    Case{"sin", {}, -1e3, 1e3}, Case{"cos", {}, -1e3, 1e3}),
    [](const auto& info) {
      return std::string(info.param.op) +
             (info.param.numbers.size() == 1 && std::string(info.param.op).ends_with("power")
                  ? std::to_string(info.index)
                  : "");
    });

TEST(ReciprocalRelaxation, OfNegativeNumbersMirrorsThatOfPositiveOnes) {
  const Node node{.op = "reciprocal"};
  const Interval x{torch::tensor({-4.0, -0.5}, at::kDouble),
                   torch::tensor({-0.25, -0.5}, at::kDouble)};
  const Lines lines = kReciprocal.lines(node, x);
  const at::Tensor points = test::points_in(x);
  EXPECT_TRUE(
      (lines.lower_slope * points + lines.lower_offset <= 1 / points + 1e-12).all().item<bool>());
  EXPECT_TRUE(
      (lines.upper_slope * points + lines.upper_offset >= 1 / points - 1e-12).all().item<bool>());
}

TEST(ReciprocalRelaxation, IsUnboundedAroundZero) {
  const Interval y =
      kReciprocal.interval({.op = "reciprocal"}, {torch::tensor({-1.0}), torch::tensor({1.0})});
  EXPECT_TRUE(std::isinf(y.lower.item<double>()) && std::isinf(y.upper.item<double>()));
}

TEST(OperationTable, NamesTheKnownOperationsInItsError) {
  try {
    find_operation("erfinv");
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_EQ(std::string(error.what()),
              "relaxation_table: no relaxation for op 'erfinv'; known: linear, left_matmul, "
              "conv2d, scale_shift, "
              "weighted_sum, reshape, permute, expand, take, concat, reduce_sum, relu, leaky_relu, "
              "abs, clamp, tanh, "
              "sigmoid, erf, exp, log, sqrt, rsqrt, reciprocal, square, power, real_power, gelu, "
              "gelu_tanh, silu, softplus, sin, "
              "cos, product, gate, gated_tanh, matmul, softmax, maximum");
  }
}

}  // namespace
}  // namespace limbeck::verify
