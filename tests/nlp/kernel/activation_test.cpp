#include "nlp/kernel/activation.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "nlp/core/errors.h"
#include "tests/nlp/kernel/each_target.h"

namespace limbeck::nlp::kernel {
namespace {

using Function = void (*)(std::span<const float>, std::span<float>);

/// Every 997th float of each sign between 0 and infinity: all exponents, about 4.3 million values.
std::vector<float> sweep() {
  std::vector<float> values;
  for (uint32_t bits = 0; bits < 0x7F800000u; bits += 997)
    for (uint32_t sign : {0u, 0x80000000u}) values.push_back(std::bit_cast<float>(bits | sign));
  return values;
}

/// Largest of error(x, got) over the sweep, on every instruction set.
void expect_below(Function function, const std::function<double(float, float)>& error,
                  double bound) {
  const std::vector<float> in = sweep();
  for_each_target([&] {
    std::vector<float> out(in.size());
    function(in, out);
    double worst = 0;
    float at = 0;
    for (size_t i = 0; i < in.size(); ++i) {
      const double e = error(in[i], out[i]);
      if (!(e <= worst)) worst = e, at = in[i];
    }
    EXPECT_LE(worst, bound) << "at " << at;
  });
}

/// Distance in units of the float32 spacing at `want`.
double ulps(double want, float got) {
  if (std::isinf(got) && std::abs(want) > 3.4028235e38) return 0;
  const double spacing = std::ldexp(1.0, std::max(std::ilogb(want == 0 ? 1e-45 : want), -126) - 23);
  return std::abs(got - want) / spacing;
}

TEST(Activation, ExpIsWithinTwoUlp) {
  expect_below(
      exp, [](float x, float got) { return ulps(std::exp(static_cast<double>(x)), got); }, 2.0);
}

TEST(Activation, SigmoidIsWithinFourUlp) {
  expect_below(
      sigmoid,
      [](float x, float got) {
        const double want = 1 / (1 + std::exp(-static_cast<double>(x)));
        return want < 1.2e-38 ? std::abs(got) / 1.2e-38 : ulps(want, got);
      },
      4.0);
}

TEST(Activation, TanhIsWithinFourUlp) {
  expect_below(
      tanh, [](float x, float got) { return ulps(std::tanh(static_cast<double>(x)), got); }, 4.0);
}

TEST(Activation, GeluIsCloseToTheErfForm) {
  expect_below(
      gelu,
      [](float x, float got) {
        const double want = 0.5 * x * std::erfc(-x / std::sqrt(2.0));
        return std::isinf(want) ? 0 : std::abs(got - want) / (8e-7 + 1e-6 * std::abs(want));
      },
      1.0);
}

TEST(Activation, GeluTanhIsCloseToItsDefinition) {
  expect_below(
      gelu_tanh,
      [](float x, float got) {
        const double d = x, inner = 0.7978845608028654 * (d + 0.044715 * d * d * d);
        const double want = inner < -20 ? 0 : 0.5 * d * (1 + std::tanh(inner));
        return std::abs(got - want) / (1e-6 * std::max(1.0, std::abs(d)));
      },
      1.0);
}

TEST(Activation, NanStaysNanAndReluKeepsPositives) {
  const std::vector<float> in{std::numeric_limits<float>::quiet_NaN(), -1, 0, 2};
  std::vector<float> out(4);
  for (Function function : {&exp, &sigmoid, &tanh, &gelu, &gelu_tanh}) {
    function(in, out);
    EXPECT_TRUE(std::isnan(out[0]));
    EXPECT_FALSE(std::isnan(out[3]));
  }
  relu(std::span(in).subspan(1), std::span(out).subspan(1));
  EXPECT_EQ(std::vector<float>(out.begin() + 1, out.end()), (std::vector<float>{0, 0, 2}));
}

TEST(Activation, EveryElementHasTheSameBitsWhereverItStands) {
  const std::vector<float> in = normal_values(1, 67);
  for (Function function : {&exp, &sigmoid, &tanh, &gelu, &gelu_tanh, &relu}) {
    std::vector<float> all(67), one(1);
    function(in, all);
    for (size_t i = 0; i < in.size(); ++i) {
      function(std::span(in).subspan(i, 1), one);
      EXPECT_EQ(one[0], all[i]);
    }
  }
}

TEST(Activation, RefusesSpansOfDifferentSizes) {
  std::vector<float> in(3), out(2);
  try {
    gelu(in, out);
    FAIL() << "no exception";
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(), "activation: out must have 3 values, got 2");
  }
}

}  // namespace
}  // namespace limbeck::nlp::kernel
