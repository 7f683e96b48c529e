#include "verify/rigor/gate.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/verify/mpfi_function.h"

namespace limbeck::verify {
namespace {

using test::Real;

constexpr GateFactor kFactors[] = {GateFactor::kTanh, GateFactor::kIdentity};

Real gate(GateFactor factor, double x, double y) {
  const Real t = factor == GateFactor::kTanh ? tanh(Real(y)) : Real(y);
  return test::sigmoid(Real(x)) * t;
}

/// Around zero and far from it, points, narrow and wide, of every sign.
std::vector<GateBox> boxes() {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  std::vector<GateBox> all;
  const auto side = [&](double spread, double width) {
    const double c = spread * normal(random), r = width * std::abs(normal(random));
    return Enclosure(c - r, c + r);
  };
  for (const double spread : {0.0, 0.5, 3.0, 30.0, 800.0})
    for (const double x_width : {0.0, 1e-9, 0.1, 1.0, 8.0, 300.0})
      for (const double y_width : {0.0, 1e-9, 0.1, 1.0, 8.0, 300.0})
        all.push_back({side(spread, x_width), side(spread, y_width)});
  return all;
}

double point_of(const Enclosure& side, double share) {
  return std::min(std::max(side.lower + share * (side.upper - side.lower), side.lower), side.upper);
}

/// Corners, edges and the inside.
template <class Visit>
void for_each_point(const GateBox& box, std::mt19937_64& random, const Visit& visit) {
  std::uniform_real_distribution<double> share(0, 1);
  for (int trial = 0; trial < 60; ++trial) {
    double s = share(random), t = share(random);
    if (trial % 3 == 0) s = std::round(s);
    if (trial % 3 == 0 || trial % 3 == 1) t = std::round(t);
    visit(point_of(box.x, s), point_of(box.y, t));
  }
}

TEST(Gate, RangesEncloseTheExactValues) {
  std::mt19937_64 random(12);
  for (const GateFactor factor : kFactors)
    for (const GateBox& box : boxes()) {
      const Enclosure range = gate_range(factor, box);
      for_each_point(box, random, [&](double x, double y) {
        const Real value = gate(factor, x, y);
        ASSERT_FALSE(value.is_below(range.lower)) << x << " " << y;
        ASSERT_FALSE(value.is_above(range.upper)) << x << " " << y;
      });
    }
}

TEST(Gate, WhatAnyPlaneLeavesIsEnclosed) {
  std::mt19937_64 random(13);
  std::normal_distribution<double> normal;
  for (const GateFactor factor : kFactors)
    for (const GateBox& box : boxes()) {
      const double a = 0.2 * normal(random), b = normal(random);
      const Enclosure rest = gate_rest(factor, box, a, b);
      ASSERT_TRUE(std::isfinite(rest.lower) && std::isfinite(rest.upper));
      for_each_point(box, random, [&](double x, double y) {
        const Real value = gate(factor, x, y) - Real(a) * Real(x) - Real(b) * Real(y);
        ASSERT_FALSE(value.is_below(rest.lower)) << x << " " << y;
        ASSERT_FALSE(value.is_above(rest.upper)) << x << " " << y;
      });
    }
}

/// Of tangents, which leave the second derivatives alone: twice as near, a quarter is left.
TEST(Gate, WhatTangentsLeaveFallsWithTheSquareOfTheBox) {
  for (const GateFactor factor : kFactors) {
    const double x = 0.7, y = -0.4, s = 1 / (1 + std::exp(-x));
    const double t = factor == GateFactor::kTanh ? std::tanh(y) : y,
                 slope = factor == GateFactor::kTanh ? 1 - t * t : 1;
    double before = 0;
    for (const double r : {0.4, 0.2, 0.1, 0.05}) {
      const Enclosure rest =
          gate_rest(factor, {{x - r, x + r}, {y - r, y + r}}, s * (1 - s) * t, s * slope);
      const double width = rest.upper - rest.lower;
      if (before > 0) {
        EXPECT_NEAR(before / width, 4, 0.6) << r;
      }
      before = width;
    }
  }
}

TEST(Gate, CurvaturesAreTheLargestOfTheInterval) {
  std::mt19937_64 random(14);
  std::normal_distribution<double> normal;
  for (int trial = 0; trial < 400; ++trial) {
    const double c = 3 * normal(random), r = 2 * std::abs(normal(random));
    double sigmoid_most = 0, tanh_most = 0;
    for (int i = 0; i <= 200; ++i) {
      const double x = c - r + 2 * r * i / 200, s = 1 / (1 + std::exp(-x)), t = std::tanh(x);
      sigmoid_most = std::max(sigmoid_most, std::abs(s * (1 - s) * (1 - 2 * s)));
      tanh_most = std::max(tanh_most, std::abs(2 * t * (1 - t * t)));
    }
    EXPECT_GE(sigmoid_curvature(c - r, c + r), sigmoid_most * (1 - 1e-12));
    EXPECT_GE(tanh_curvature(c - r, c + r), tanh_most * (1 - 1e-12));
  }
  EXPECT_NEAR(sigmoid_curvature(-2, 2), 1 / (6 * std::sqrt(3.0)), 1e-9);
  EXPECT_NEAR(tanh_curvature(-1, 1), 4 / (3 * std::sqrt(3.0)), 1e-9);
}

TEST(Gate, KnowsNothingOfABoxWithoutEnds) {
  const Enclosure rest = gate_rest(GateFactor::kTanh, {{-INFINITY, 0}, {0, 1}}, 0, 0);
  EXPECT_EQ(rest.lower, -INFINITY);
  EXPECT_EQ(rest.upper, INFINITY);
}

}  // namespace
}  // namespace limbeck::verify
