#include "verify/rigor/softmax_row.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/verify/mpfi_number.h"

namespace limbeck::verify {
namespace {

using test::Real;

std::vector<Real> softmax(const std::vector<double>& x) {
  std::vector<Real> e;
  for (const double t : x) e.push_back(exp(Real(t)));
  const Real sum = test::sum_of(e);
  for (Real& t : e) t = t / sum;
  return e;
}

/// Boxes around 0 and far from it, narrow, degenerate, wide, saturated.
struct Box {
  std::vector<double> lower, upper;

  RowBox row() const { return {lower, upper}; }
  std::vector<double> point(std::mt19937_64& random, bool is_corner) const {
    std::uniform_real_distribution<double> share(0, 1);
    std::vector<double> x;
    for (size_t k = 0; k < lower.size(); ++k) {
      const double s = is_corner ? std::round(share(random)) : share(random);
      x.push_back(std::min(std::max(lower[k] + s * (upper[k] - lower[k]), lower[k]), upper[k]));
    }
    return x;
  }
};

std::vector<Box> boxes() {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  std::vector<Box> all;
  for (const double spread : {0.1, 3.0, 50.0, 800.0})
    for (const double width : {0.0, 1e-12, 1e-3, 0.5, 5.0, 100.0})
      for (const size_t n : {1u, 2u, 5u}) {
        Box box;
        for (size_t k = 0; k < n; ++k) {
          const double c = spread * normal(random) + 1000, r = width * std::abs(normal(random));
          box.lower.push_back(c - r);
          box.upper.push_back(c + r);
        }
        all.push_back(box);
      }
  return all;
}

TEST(SoftmaxRow, RangesEncloseTheExactValues) {
  std::mt19937_64 random(6);
  for (const Box& box : boxes()) {
    const size_t n = box.lower.size();
    std::vector<double> least(n), most(n);
    softmax_range(box.row(), least, most);
    for (int trial = 0; trial < 60; ++trial) {
      const std::vector<Real> p = softmax(box.point(random, trial % 2 == 0));
      for (size_t k = 0; k < n; ++k) {
        ASSERT_FALSE(p[k].is_below(least[k])) << k << ": " << p[k].lower() << " < " << least[k];
        ASSERT_FALSE(p[k].is_above(most[k])) << k << ": " << p[k].upper() << " > " << most[k];
      }
    }
  }
}

TEST(SoftmaxRow, OffsetsMakeAnyPlanesSound) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> share(0, 1);
  for (const Box& box : boxes()) {
    const size_t n = box.lower.size();
    std::vector<double> low(n), low_mix(n), high(n), high_mix(n), low_offset(n), high_offset(n);
    for (size_t k = 0; k < n; ++k) {
      low[k] = share(random), high[k] = share(random);
      low_mix[k] = share(random), high_mix[k] = share(random);
    }
    softmax_offsets(box.row(), {low, low_mix, high, high_mix}, low_offset, high_offset);
    for (int trial = 0; trial < 60; ++trial) {
      const std::vector<double> x = box.point(random, trial % 2 == 0);
      const std::vector<Real> p = softmax(x);
      Real low_mean = 0, high_mean = 0;
      for (size_t k = 0; k < n; ++k) {
        low_mean = low_mean + Real(low_mix[k]) * Real(x[k]);
        high_mean = high_mean + Real(high_mix[k]) * Real(x[k]);
      }
      for (size_t k = 0; k < n; ++k) {
        const Real below = Real(low[k]) * (Real(x[k]) - low_mean);
        const Real above = Real(high[k]) * (Real(x[k]) - high_mean);
        ASSERT_FALSE((p[k] - below).is_below(low_offset[k])) << k;
        ASSERT_FALSE((p[k] - above).is_above(high_offset[k])) << k;
      }
    }
  }
}

TEST(SoftmaxRow, OffsetsOfTheTangentsAreTightOnNarrowBoxes) {
  const std::vector<double> lower = {0.3, -1, 2}, upper = {0.3 + 1e-9, -1 + 1e-9, 2 + 1e-9};
  const std::vector<Real> p = softmax(lower);
  std::vector<double> mix, low_offset(3), high_offset(3);
  for (const Real& x : p) mix.push_back(x.lower());
  softmax_offsets({lower, upper}, {mix, mix, mix, mix}, low_offset, high_offset);
  for (size_t k = 0; k < 3; ++k) {
    double mean = 0;
    for (size_t j = 0; j < 3; ++j) mean += mix[j] * lower[j];
    const double at_low = mix[k] * (lower[k] - mean);
    EXPECT_NEAR(at_low + low_offset[k], mix[k], 1e-8);
    EXPECT_NEAR(at_low + high_offset[k], mix[k], 1e-8);
  }
}

}  // namespace
}  // namespace limbeck::verify
