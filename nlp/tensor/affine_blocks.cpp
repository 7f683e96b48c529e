#include "nlp/tensor/affine_blocks.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "nlp/core/errors.h"
#include "nlp/tensor/half.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kBlock = 32;
constexpr uint16_t kInfinity = 0x7C00;

using Bytes = const uint8_t*;

bool is_finite(uint16_t half) { return (half & kInfinity) != kInfinity; }

/// -factor * scale: a power of two, so nothing is lost short of an overflow.
uint16_t offset(uint16_t scale, float factor) {
  return float_to_float16(-factor * float16_to_float(scale));
}

/// One block of a type; `scale` and `minimum` are set.
struct Block {
  uint8_t* codes;
  uint16_t& scale;
  uint16_t& minimum;
};

template <bool kHasFifthBit, bool kHasMinimum>
void nibbles(Bytes at, Block out) {
  out.scale = load_half(at);
  out.minimum = kHasMinimum ? load_half(at + 2) : offset(out.scale, kHasFifthBit ? 16.0f : 8.0f);
  at += kHasMinimum ? 4 : 2;
  uint32_t fifth = 0;
  if constexpr (kHasFifthBit) {
    std::memcpy(&fifth, at, sizeof fifth);
    at += sizeof fifth;
  }
  for (int i = 0; i < 16; ++i) {
    out.codes[i] = static_cast<uint8_t>((at[i] & 15) | (fifth >> i & 1) << 4);
    out.codes[i + 16] = static_cast<uint8_t>(at[i] >> 4 | (fifth >> (i + 16) & 1) << 4);
  }
}

void whole_bytes(Bytes at, Block out) {
  out.scale = load_half(at);
  out.minimum = offset(out.scale, 128.0f);
  for (int i = 0; i < kBlock; ++i) out.codes[i] = at[2 + i] ^ 0x80;
}

using BlockReader = void (*)(Bytes, Block);

BlockReader block_reader(GgmlType type) {
  switch (type) {
    case GgmlType::kQ4_0:
      return nibbles<false, false>;
    case GgmlType::kQ4_1:
      return nibbles<false, true>;
    case GgmlType::kQ5_0:
      return nibbles<true, false>;
    case GgmlType::kQ5_1:
      return nibbles<true, true>;
    case GgmlType::kQ8_0:
      return whole_bytes;
    default:
      return nullptr;
  }
}

AffineBlocks empty_blocks(int bits, int64_t rows, int64_t width) {
  AffineBlocks blocks;
  blocks.bits = bits;
  blocks.row_blocks = (width + kBlock - 1) / kBlock;
  const auto count = static_cast<size_t>(rows * blocks.row_blocks);
  blocks.codes.resize(count * kBlock);
  blocks.scales.resize(count);
  blocks.minima.resize(count);
  return blocks;
}

std::optional<AffineBlocks> if_finite(AffineBlocks blocks) {
  if (!std::ranges::all_of(blocks.scales, is_finite) ||
      !std::ranges::all_of(blocks.minima, is_finite))
    return std::nullopt;
  return blocks;
}

}  // namespace

std::optional<AffineBlocks> stored_blocks(GgmlType type, std::span<const std::byte> bytes,
                                          int64_t width) {
  const BlockReader function = block_reader(type);
  if (function == nullptr) return std::nullopt;
  const int64_t block_bytes = ggml_layout(type).block_bytes;
  const auto size = static_cast<int64_t>(bytes.size());
  if (width < kBlock || width % kBlock != 0 || size % (width / kBlock * block_bytes) != 0)
    throw ShapeError("blocks: " + std::to_string(size) + " bytes are no rows of " +
                     std::to_string(width) + " values");
  const int64_t count = size / block_bytes;
  const bool is_narrow = type == GgmlType::kQ4_0 || type == GgmlType::kQ4_1;
  AffineBlocks blocks = empty_blocks(is_narrow ? 4 : 8, count / (width / kBlock), width);
  for (int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    function(reinterpret_cast<Bytes>(bytes.data()) + i * block_bytes,
             {&blocks.codes[at * kBlock], blocks.scales[at], blocks.minima[at]});
  }
  return if_finite(std::move(blocks));
}

std::optional<AffineBlocks> rounded_blocks(std::span<const float> values, int64_t width) {
  if (width < 1 || values.size() % static_cast<size_t>(width) != 0)
    throw ShapeError("blocks: " + std::to_string(values.size()) + " values are no rows of " +
                     std::to_string(width));
  const int64_t rows = static_cast<int64_t>(values.size()) / width;
  AffineBlocks blocks = empty_blocks(8, rows, width);
  std::ranges::fill(blocks.codes, uint8_t{128});
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t block = 0; block < blocks.row_blocks; ++block) {
      const int64_t first = block * kBlock;
      const float* from = values.data() + row * width + first;
      const int64_t count = std::min(kBlock, width - first);
      float most = 0;
      for (int64_t i = 0; i < count; ++i) {
        if (!std::isfinite(from[i])) return std::nullopt;
        most = std::max(most, std::abs(from[i]));
      }
      const auto at = static_cast<size_t>(row * blocks.row_blocks + block);
      blocks.scales[at] = float_to_float16(most / 127.0f);
      blocks.minima[at] = offset(blocks.scales[at], 128.0f);
      const float scale = float16_to_float(blocks.scales[at]);
      if (!(scale > 0) || !is_finite(blocks.minima[at])) continue;
      for (int64_t i = 0; i < count; ++i)
        blocks.codes[at * kBlock + static_cast<size_t>(i)] = static_cast<uint8_t>(
            128 + static_cast<int>(std::clamp(std::nearbyint(from[i] / scale), -127.0f, 127.0f)));
    }
  }
  return if_finite(std::move(blocks));
}

}  // namespace limbeck::nlp
