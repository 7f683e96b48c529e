#include "nlp/report/axis_scale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "nlp/report/number_format.h"

namespace limbeck::nlp {
namespace {

using testing::DoubleNear;
using testing::Pointwise;

TEST(AxisScale, HasRoundTicks) {
  const AxisScale scale = AxisScale::around({0, 5000}, false);
  EXPECT_THAT(scale.ticks(6),
              Pointwise(testing::DoubleEq(), {0., 1000., 2000., 3000., 4000., 5000.}));
}

TEST(AxisScale, PlacesLogarithmsEvenly) {
  const AxisScale scale = AxisScale::around({1, 10, 100}, true);
  EXPECT_NEAR(scale.place(10, 0, 1), 0.5, 1e-12);
}

TEST(AxisScale, HoldsEveryValueAndFewTicks) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-12, 12), sign(-1, 1);
  for (int i = 0; i < 2000; ++i) {
    const bool is_logarithmic = i % 2;
    std::vector<double> values;
    for (int k = 0; k < 1 + i % 5; ++k)
      values.push_back((is_logarithmic || sign(random) > 0 ? 1 : -1) *
                       std::pow(10, exponent(random)));
    const AxisScale scale = AxisScale::around(values, is_logarithmic);
    for (const double value : values) {
      EXPECT_GE(scale.place(value, 0, 1), 0);
      EXPECT_LE(scale.place(value, 0, 1), 1);
    }
    for (const double tick : scale.ticks(5)) {
      EXPECT_GE(scale.place(tick, 0, 1), -1e-6);
      EXPECT_LE(scale.place(tick, 0, 1), 1 + 1e-6);
    }
    EXPECT_LE(scale.ticks(5).size(), is_logarithmic ? 16u : 6u);
  }
}

TEST(AxisScale, SurvivesOddValues) {
  for (const auto& values :
       {std::vector<double>{}, {0}, {-3, -3}, {1e308, -1e308}, {5e-324, 1e300}})
    for (const bool is_logarithmic : {false, true}) {
      const AxisScale scale = AxisScale::around(values, is_logarithmic);
      EXPECT_TRUE(std::isfinite(scale.low()) && std::isfinite(scale.high())) << scale.low();
      EXPECT_LT(scale.low(), scale.high());
      EXPECT_LT(scale.ticks(5).size(), 30u);
    }
}

TEST(NumberFormat, IsIndependentOfTheLocale) {
  EXPECT_EQ(format_number(22713216, {NumberStyle::kInteger, 0}), "22,713,216");
  EXPECT_EQ(format_number(-1234.5, {NumberStyle::kFixed, 2}), "\u22121234.50");
  EXPECT_EQ(format_number(90868376, {NumberStyle::kBytes, 0}), "90.9 MB");
  EXPECT_EQ(format_number(999, {NumberStyle::kBytes, 0}), "999 B");
  EXPECT_EQ(format_number(999.96e6, {NumberStyle::kBytes, 0}), "1 GB");
  EXPECT_EQ(format_number(0.24444, {NumberStyle::kGeneral, 3}), "0.244");
  EXPECT_EQ(format_number(-0.0001, {NumberStyle::kFixed, 2}), "0.00");
}

TEST(NumberFormat, ShortensTicks) {
  EXPECT_EQ(format_tick(0), "0");
  EXPECT_EQ(format_tick(20000), "20k");
  EXPECT_EQ(format_tick(1500000), "1.5M");
  EXPECT_EQ(format_tick(0.001), "0.001");
  EXPECT_EQ(format_tick(1e-5), "1e\u22125");
  EXPECT_EQ(format_tick(0.30000000000000004), "0.3");
}

}  // namespace
}  // namespace limbeck::nlp
