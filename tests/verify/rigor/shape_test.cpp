#include "verify/rigor/shape.h"

#include <gtest/gtest.h>

#include <random>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/verify/mpfi_function.h"

namespace limbeck::verify {
namespace {

using test::Real;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Case {
  const char* op;
  std::vector<double> numbers;
  double least, most;
};

/// Points, narrow, crossing, one-sided, wide, saturated intervals.
std::vector<std::pair<double, double>> boxes(double least, double most) {
  std::vector<std::pair<double, double>> all;
  for (const double c : {0.0, 1e-3, -1e-3, 0.3, -0.3, 0.7517, -0.7517, 1.4142135623730951,
                         -1.4142135623730951, 2.4, -2.4, 5.0, -5.0, 30.0, -30.0, 300.0, -300.0})
    for (const double r : {0.0, 1e-12, 1e-6, 1e-3, 0.05, 0.5, 2.0, 20.0, 1000.0}) {
      const auto within = [&](double x) { return std::min(std::max(x, least), most); };
      all.emplace_back(within(c - r), within(c + r));
      all.emplace_back(within(c), within(c + r));
    }
  return all;
}

class ScalarShape : public testing::TestWithParam<Case> {
 protected:
  const Shape& shape() const { return find_shape(GetParam().op); }
  Real exact(double x) const { return test::function_value(GetParam().op, x, GetParam().numbers); }
};

TEST_P(ScalarShape, ValuesAndDerivativesEncloseTheExactOnes) {
  for (const auto& [l, u] : boxes(GetParam().least, GetParam().most))
    for (const double x : {l, u}) {
      ASSERT_TRUE(exact(x).is_within(shape().value(x, GetParam().numbers))) << x;
      if (shape().derivative == nullptr) continue;
      // The mean value theorem on either side: some slope of each chord is between two derivatives.
      const double h = std::max(std::abs(x), 1.0) * 1e-7;
      if (x - h < GetParam().least || x + h > GetParam().most) continue;
      const Real chord = (exact(x + h) - exact(x - h)) / (Real(x + h) - Real(x - h));
      const Enclosure slope = shape().derivative(x, GetParam().numbers);
      const double room = 1e-5 * (1 + std::abs(slope.upper)) * std::max(1.0, 1 / std::abs(x));
      if (!(std::abs(x) > 1e-2) && GetParam().least >= 0) continue;
      ASSERT_TRUE(chord.is_within(slope.lower - room, slope.upper + room)) << x;
    }
}

TEST_P(ScalarShape, RestsAreBelowAndAboveTheExactOnesForEverySlope) {
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  for (const auto& [l, u] : boxes(GetParam().least, GetParam().most)) {
    const Real first = exact(l), last = exact(u);
    const double chord = u > l ? (last.lower() - first.lower()) / (u - l) : 0;
    for (const double slope : {0.0, chord, chord * 0.5, normal(random), 1e3 * normal(random)}) {
      if (!std::isfinite(slope)) continue;
      const double least = least_rest(shape(), GetParam().numbers, l, u, slope);
      const double most = most_rest(shape(), GetParam().numbers, l, u, slope);
      for (int i = 0; i <= 20; ++i) {
        double x = i <= 12
                       ? l + (u - l) * (i / 12.0)
                       : std::vector<double>{0, M_SQRT2, -M_SQRT2, 0.75179, -0.75179, 1, -1, 2.4}
                             [static_cast<size_t>(i - 13)];
        x = std::min(std::max(x, l), u);
        const Real rest = exact(x) - Real(slope) * Real(x);
        ASSERT_FALSE(rest.is_below(least)) << x << " in [" << l << ", " << u << "] slope " << slope;
        ASSERT_FALSE(rest.is_above(most)) << x << " in [" << l << ", " << u << "] slope " << slope;
      }
    }
  }
}

TEST_P(ScalarShape, RestsOfRangesAreTightAtPointsAndEnds) {
  for (const auto& [l, u] : boxes(GetParam().least, GetParam().most)) {
    const double least = least_rest(shape(), GetParam().numbers, l, u, 0);
    const double most = most_rest(shape(), GetParam().numbers, l, u, 0);
    const double size = std::max(std::abs(least), std::abs(most));
    double seen_least = kInfinity, seen_most = -kInfinity;
    for (int i = 0; i <= 400; ++i) {
      const Real y = exact(std::min(l + (u - l) * (i / 400.0), u));
      seen_least = std::min(seen_least, y.lower());
      seen_most = std::max(seen_most, y.upper());
    }
    // A grid misses an extreme by at most |f''| step^2, and one at a kink by a step.
    const double kink = shape().derivative == nullptr ? (u - l) / 400 : 0;
    const double room = 1e-13 * size + (u - l) * (u - l) * 1e-4 + kink + 1e-300;
    if (u - l > 2.5) continue;
    EXPECT_LE(seen_least - least, room * std::max(1.0, size)) << l << ", " << u;
    EXPECT_LE(most - seen_most, room * std::max(1.0, size)) << l << ", " << u;
  }
}

TEST_P(ScalarShape, SteepestIsAtLeastEveryChord) {
  for (const auto& [l, u] : boxes(GetParam().least, GetParam().most)) {
    const double most = steepest(shape(), GetParam().numbers, l, u);
    for (int i = 0; i < 20; ++i) {
      const double a = l + (u - l) * (i / 20.0), b = std::min(l + (u - l) * ((i + 1) / 20.0), u);
      if (!(a < b)) continue;
      const Real slope = (exact(b) - exact(a)) / (Real(b) - Real(a));
      ASSERT_FALSE(slope.is_above(most)) << a << ", " << b;
      ASSERT_FALSE(slope.is_below(-most)) << a << ", " << b;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    EveryFunction, ScalarShape,
    testing::Values(
        Case{"relu", {}, -1e4, 1e4}, Case{"leaky_relu", {0.1}, -1e4, 1e4},
        Case{"abs", {}, -1e4, 1e4}, Case{"clamp", {-1, 2}, -1e4, 1e4}, Case{"tanh", {}, -1e4, 1e4},
        Case{"sigmoid", {}, -1e4, 1e4}, Case{"erf", {}, -1e4, 1e4}, Case{"exp", {}, -1e4, 300},
        Case{"log", {}, 1e-6, 1e4}, Case{"sqrt", {}, 0, 1e4}, Case{"rsqrt", {}, 1e-6, 1e4},
        Case{"reciprocal", {}, 1e-6, 1e4}, Case{"square", {}, -1e4, 1e4},
        Case{"power", {3}, -1e3, 1e3}, Case{"power", {4}, -1e3, 1e3},
        Case{"real_power", {0.3}, 1e-3, 1e4}, Case{"real_power", {-1.7}, 0.05, 1e4},
        Case{"gelu", {}, -1e4, 1e4}, Case{"gelu_tanh", {}, -1e4, 1e4}, Case{"silu", {}, -1e4, 1e4},
        Case{"softplus", {}, -1e4, 1e4}, Case{"sin", {}, -1e3, 1e3}, Case{"cos", {}, -1e3, 1e3}),
    [](const auto& info) {
      return std::string(info.param.op) +
             (info.param.numbers.size() == 1 && std::string(info.param.op).ends_with("power")
                  ? std::to_string(info.index)
                  : "");
    });

TEST(ScalarShape, EveryFunctionOfTheTableIsTested) { EXPECT_EQ(shape_table().size(), 21u); }

TEST(ScalarShape, KnowsNothingAcrossAPole) {
  const Shape& reciprocal = find_shape("reciprocal");
  EXPECT_EQ(least_rest(reciprocal, {}, -1, 1, 0), -kInfinity);
  EXPECT_EQ(most_rest(reciprocal, {}, -1, 1, 0), kInfinity);
  EXPECT_LE(least_rest(reciprocal, {}, -2, -0.5, 0), -2);
  EXPECT_GE(least_rest(reciprocal, {}, -2, -0.5, 0), -2 - 1e-14);
  EXPECT_EQ(least_rest(find_shape("log"), {}, 0, 1, 0), -kInfinity);
}

TEST(ScalarShape, OfUnboundedIntervalsKeepsWhatIsKnown) {
  EXPECT_GE(least_rest(find_shape("sigmoid"), {}, -kInfinity, kInfinity, 0), -1e-300);
  EXPECT_LE(most_rest(find_shape("tanh"), {}, -kInfinity, kInfinity, 0), 1 + 1e-15);
  EXPECT_EQ(least_rest(find_shape("tanh"), {}, NAN, NAN, 0), -kInfinity);
}

TEST(ScalarShape, NamesAFunctionItDoesNotKnow) {
  EXPECT_EQ(test::error_message<UnsupportedError>([] { find_shape("erfinv"); }),
            "rigor: no shape for op 'erfinv'");
}

}  // namespace
}  // namespace limbeck::verify
