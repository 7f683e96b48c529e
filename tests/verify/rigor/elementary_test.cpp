#include "verify/rigor/elementary.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/verify/mpfi_function.h"

namespace limbeck::verify {
namespace {

using test::Real;

std::vector<double> arguments(double least, double most) {
  std::vector<double> all;
  std::mt19937_64 random(3);
  for (const double size :
       {1e-300, 1e-20, 1e-8, 1e-3, 0.1, 1.0, 3.0, 10.0, 40.0, 700.0, 1e4, 1e8}) {
    std::uniform_real_distribution<double> spread(-size, size);
    for (int i = 0; i < 300; ++i) {
      const double x = spread(random);
      if (x >= least && x <= most) all.push_back(x);
    }
  }
  for (const double x : {0.0, 1.0, -1.0, 0x1p-1074})
    if (x >= least && x <= most) all.push_back(x);
  return all;
}

struct Function {
  const char* name;
  Enclosure (*enclose)(const Enclosure&);
  Real (*exact)(const Real&);
  double least = -1e300, most = 1e300;
};

class ElementaryFunction : public testing::TestWithParam<Function> {};

TEST_P(ElementaryFunction, EnclosesTheExactValueAndIsNarrow) {
  for (const double x : arguments(GetParam().least, GetParam().most)) {
    const Enclosure y = GetParam().enclose(x);
    const Real exact = GetParam().exact(x);
    ASSERT_TRUE(exact.is_within(y)) << x << " gives [" << y.lower << ", " << y.upper << "]";
    if (y.magnitude() < 1e300) {
      ASSERT_LE(y.upper - y.lower, 1e-14 * y.magnitude() + 1e-320) << x;
    }
  }
}

TEST_P(ElementaryFunction, OfAnIntervalEnclosesThatOfItsPoints) {
  const std::vector<double> all = arguments(GetParam().least, GetParam().most);
  for (size_t i = 0; i + 2 < all.size(); i += 3) {
    const Enclosure x{std::min({all[i], all[i + 1], all[i + 2]}),
                      std::max({all[i], all[i + 1], all[i + 2]})};
    for (size_t k = i; k < i + 3; ++k)
      ASSERT_TRUE(GetParam().exact(all[k]).is_within(GetParam().enclose(x))) << all[k];
  }
}

Real sigmoid_of(const Real& x) { return test::sigmoid(x); }
Real exp_of(const Real& x) { return exp(x); }
Real log_of(const Real& x) { return log(x); }
Real log1p_of(const Real& x) { return log1p(x); }
Real sqrt_of(const Real& x) { return sqrt(x); }
Real tanh_of(const Real& x) { return tanh(x); }
Real erf_of(const Real& x) { return erf(x); }
Real erfc_of(const Real& x) { return erfc(x); }

INSTANTIATE_TEST_SUITE_P(All, ElementaryFunction,
                         testing::Values(Function{"exp", enclose_exp, exp_of, -1e300, 1e4},
                                         Function{"log", enclose_log, log_of, 1e-320},
                                         Function{"log1p", enclose_log1p, log1p_of, -0.9999},
                                         Function{"sqrt", enclose_sqrt, sqrt_of, 0},
                                         Function{"tanh", enclose_tanh, tanh_of},
                                         Function{"erf", enclose_erf, erf_of},
                                         Function{"erfc", enclose_erfc, erfc_of},
                                         Function{"sigmoid", enclose_sigmoid, sigmoid_of}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ElementaryFunction, WavesAndPowersEncloseTheExactValue) {
  for (const double x : arguments(-1e300, 1e300)) {
    ASSERT_TRUE(sin(Real(x)).is_within(enclose_sin(x))) << x;
    ASSERT_TRUE(cos(Real(x)).is_within(enclose_cos(x))) << x;
    for (const int n : {0, 1, 2, 3, 5})
      ASSERT_TRUE(
          test::function_value("power", x, {static_cast<double>(n)}).is_within(enclose_power(x, n)))
          << x << " to the " << n;
  }
}

TEST(ElementaryFunction, OutsideItsDomainKnowsNothing) {
  EXPECT_EQ(enclose_log(Enclosure(0)).lower, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(enclose_log({-1, 1}).upper, std::numeric_limits<double>::infinity());
  EXPECT_EQ(enclose_exp(1000).lower, std::numeric_limits<double>::max());
}

}  // namespace
}  // namespace limbeck::verify
