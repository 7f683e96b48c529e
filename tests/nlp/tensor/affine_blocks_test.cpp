#include "nlp/tensor/affine_blocks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "nlp/core/random_stream.h"
#include "nlp/tensor/half.h"

namespace limbeck::nlp {
namespace {

/// The value of one code, in float32 as dequantise() computes it from integers below 2^8.
float value_of(const AffineBlocks& blocks, size_t index) {
  return static_cast<float>(static_cast<double>(float16_to_float(blocks.scales[index / 32])) *
                                blocks.codes[index] +
                            float16_to_float(blocks.minima[index / 32]));
}

class StoredBlocks : public testing::TestWithParam<GgmlType> {};

TEST_P(StoredBlocks, HoldTheValuesOfDequantise) {
  const GgmlLayout& layout = ggml_layout(GetParam());
  RandomStream stream(1, "affine blocks test");
  std::vector<std::byte> bytes(static_cast<size_t>(6 * layout.block_bytes));
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(stream.uniform() * 256);
  for (int64_t block = 0; block < 6; ++block)
    for (int i = 0; i < 2; ++i) {  // scale, and minimum where there is one
      const uint16_t half = float_to_float16(static_cast<float>(stream.normal()));
      if (i == 0 || layout.name[3] == '1')
        std::memcpy(&bytes[static_cast<size_t>(block * layout.block_bytes + 2 * i)], &half, 2);
    }
  std::vector<float> want(6 * 32);
  dequantise(GetParam(), bytes, want);
  const std::optional<AffineBlocks> got = stored_blocks(GetParam(), bytes, 64);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->row_blocks, 2);
  EXPECT_EQ(got->bits, layout.name[1] == '4' ? 4 : 8);
  for (size_t i = 0; i < want.size(); ++i)
    ASSERT_FLOAT_EQ(value_of(*got, i), want[i]) << layout.name << " " << i;
}

INSTANTIATE_TEST_SUITE_P(EveryType, StoredBlocks,
                         testing::Values(GgmlType::kQ4_0, GgmlType::kQ4_1, GgmlType::kQ5_0,
                                         GgmlType::kQ5_1, GgmlType::kQ8_0));

TEST(StoredBlocks, AreEmptyForOtherTypesAndForMinimaBeyondBinary16) {
  EXPECT_FALSE(stored_blocks(GgmlType::kF32, std::vector<std::byte>(128), 32));
  std::vector<std::byte> block(34);
  const uint16_t large = float_to_float16(600.0f);  // 128 times this is beyond 65504
  std::memcpy(block.data(), &large, 2);
  EXPECT_FALSE(stored_blocks(GgmlType::kQ8_0, block, 32));
}

TEST(RoundedBlocks, AreWithinHalfAStep) {
  RandomStream stream(1, "rounded blocks test");
  std::vector<float> values(3 * 70);
  for (float& value : values) value = static_cast<float>(stream.normal());
  const std::optional<AffineBlocks> blocks = rounded_blocks(values, 70);
  ASSERT_TRUE(blocks);
  EXPECT_EQ(blocks->row_blocks, 3);
  for (size_t row = 0; row < 3; ++row)
    for (size_t i = 0; i < 70; ++i) {
      const size_t at = row * 96 + i;
      const double step = float16_to_float(blocks->scales[at / 32]);
      // Half a step, and what the rounding of the scale moves the largest codes by.
      ASSERT_NEAR(value_of(*blocks, at), values[row * 70 + i], step * (0.5 + 127 * 0x1p-11)) << i;
    }
}

TEST(RoundedBlocks, RefuseWhatBinary16CannotScale) {
  EXPECT_FALSE(rounded_blocks(std::vector<float>{1, std::nanf("")}, 2));
  EXPECT_FALSE(rounded_blocks(std::vector<float>{std::numeric_limits<float>::infinity()}, 1));
  EXPECT_FALSE(rounded_blocks(std::vector<float>{1e30f}, 1));
  const std::optional<AffineBlocks> tiny = rounded_blocks(std::vector<float>{1e-30f}, 1);
  ASSERT_TRUE(tiny);
  EXPECT_EQ(value_of(*tiny, 0), 0.0f);
}

}  // namespace
}  // namespace limbeck::nlp
