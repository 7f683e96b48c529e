#include "verify/rigor/rounding.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/verify/mpfi_number.h"

namespace limbeck::verify {
namespace {

using test::Real;

/// Doubles of every size and sign, the smallest and the largest among them.
std::vector<double> doubles() {
  std::vector<double> all = {0.0,     -0.0,      1.0,   -1.0,   0x1p-1074, -0x1p-1074, 0x1p-1022,
                             0x1p-53, 1 - kUnit, 1e308, -1e308, 3.0,       1e-8,       1e8};
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> mantissa(-1, 1);
  for (int exponent = -1070; exponent <= 1000; exponent += 30)
    all.push_back(std::ldexp(mantissa(random), exponent));
  return all;
}

TEST(Rounding, TheNextNumbersAreTheNeighboursOrOneFurther) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double x : doubles()) {
    const double neighbour = std::nextafter(x, kInfinity), up = next_up(x);
    EXPECT_GE(up, neighbour) << x;
    EXPECT_LE(up, std::nextafter(neighbour, kInfinity)) << x;
    EXPECT_EQ(next_down(-x), -up) << x;
  }
  EXPECT_EQ(next_up(kInfinity), kInfinity);
  EXPECT_EQ(next_up(std::numeric_limits<double>::max()), kInfinity);
}

TEST(Rounding, GammaIsAboveItsDefinition) {
  for (const double n : {1.0, 2.0, 3.0, 100.0, 1e6, 1e12}) {
    const Real nu = Real(n) * Real(kUnit);
    EXPECT_TRUE((nu / (Real(1) - nu)).is_below(gamma(n))) << n;
    EXPECT_LE(gamma(n), n * kUnit * (1 + 1e-3)) << n;
  }
}

TEST(Enclosure, OperationsHoldTheExactResultOfEveryPair) {
  const std::vector<double> all = doubles();
  for (const double a : all)
    for (const double b : all) {
      const Enclosure x = a, y = b;
      EXPECT_TRUE((Real(a) + Real(b)).is_within(x + y)) << a << " + " << b;
      EXPECT_TRUE((Real(a) - Real(b)).is_within(x - y)) << a << " - " << b;
      EXPECT_TRUE((Real(a) * Real(b)).is_within(x * y)) << a << " * " << b;
      if (b != 0) {
        EXPECT_TRUE((Real(a) / Real(b)).is_within(x / y)) << a << " / " << b;
      }
    }
}

TEST(Enclosure, ProductsOfIntervalsHoldTheirCorners) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> normal;
  for (int trial = 0; trial < 2000; ++trial) {
    const double a = normal(random), b = normal(random), c = normal(random), d = normal(random);
    const Enclosure x{std::min(a, b), std::max(a, b)}, y{std::min(c, d), std::max(c, d)};
    for (const double s : {a, b})
      for (const double t : {c, d}) ASSERT_TRUE((Real(s) * Real(t)).is_within(x * y));
  }
}

TEST(Enclosure, WhatCannotBeEnclosedIsEveryNumber) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const Enclosure& x :
       {Enclosure(1) / Enclosure(-1, 1), Enclosure(0) * Enclosure(0, kInfinity),
        Enclosure(kInfinity) - Enclosure(kInfinity)}) {
    EXPECT_EQ(x.lower, -kInfinity);
    EXPECT_EQ(x.upper, kInfinity);
  }
}

}  // namespace
}  // namespace limbeck::verify
