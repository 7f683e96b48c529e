#include "nlp/tensor/half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "nlp/core/random_stream.h"

namespace limbeck::nlp {
namespace {

/// Value of a binary16 pattern by the definition of IEEE 754, in double arithmetic.
double float16_by_definition(uint16_t half) {
  const double sign = half & 0x8000 ? -1 : 1;
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 31) return fraction ? std::nan("") : sign * INFINITY;
  return exponent == 0 ? sign * std::ldexp(fraction, -24)
                       : sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(Half, EveryFloat16PatternHasItsValueAndComesBack) {
  for (uint32_t pattern = 0; pattern <= 0xFFFF; ++pattern) {
    const auto half = static_cast<uint16_t>(pattern);
    const double expected = float16_by_definition(half);
    const float got = float16_to_float(half);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(got));
      EXPECT_TRUE(std::isnan(float16_to_float(float_to_float16(got))));
    } else {
      ASSERT_EQ(static_cast<double>(got), expected) << pattern;
      ASSERT_EQ(std::signbit(got), (half & 0x8000) != 0);
      ASSERT_EQ(float_to_float16(got), half);
    }
  }
}

/// Between neighbours a < b: below the middle rounds to a, above to b, the middle to the even
/// pattern.
TEST(Half, Float16RoundsToNearestEven) {
  for (uint16_t half = 0; half < 0x7C00; ++half) {
    const double low = float16_by_definition(half);
    const double high = half == 0x7BFF ? 65536 : float16_by_definition(half + 1);
    const float middle = static_cast<float>((low + high) / 2);  // exact: one bit more than binary16
    ASSERT_EQ(float_to_float16(std::nextafter(middle, 0.0F)), half);
    ASSERT_EQ(float_to_float16(middle), half % 2 == 0 ? half : half + 1);
    ASSERT_EQ(float_to_float16(std::nextafter(middle, 1e9F)), half + 1);
    ASSERT_EQ(float_to_float16(-middle), 0x8000 | (half % 2 == 0 ? half : half + 1));
  }
}

TEST(Half, BFloat16RoundsToNearestEven) {
  EXPECT_EQ(float_to_bfloat16(1.0F), 0x3F80);
  EXPECT_EQ(float_to_bfloat16(1.0F + 0x1p-8F), 0x3F80);  // middle, even below
  EXPECT_EQ(float_to_bfloat16(1.0F + 0x1p-8F + 0x1p-20F), 0x3F81);
  EXPECT_EQ(float_to_bfloat16(1.0F + 3 * 0x1p-8F), 0x3F82);  // middle, even above
  EXPECT_EQ(float_to_bfloat16(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_EQ(float_to_bfloat16(-INFINITY), 0xFF80);
  EXPECT_TRUE(std::isnan(bfloat16_to_float(float_to_bfloat16(NAN))));
  // A NaN whose upper bits are those of infinity must not become infinity.
  EXPECT_TRUE(std::isnan(bfloat16_to_float(float_to_bfloat16(std::bit_cast<float>(0x7F800001U)))));
  for (uint32_t pattern = 0; pattern <= 0xFFFF; ++pattern) {
    const float value = bfloat16_to_float(static_cast<uint16_t>(pattern));
    if (!std::isnan(value)) {
      ASSERT_EQ(float_to_bfloat16(value), pattern);
    }
  }
}

}  // namespace
}  // namespace limbeck::nlp
