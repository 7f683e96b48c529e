#include <cstring>

#include "nlp/core/errors.h"
#include "nlp/tensor/ggml_type.h"
#include "nlp/tensor/half.h"

namespace limbeck::nlp {
namespace {

using Bytes = const uint8_t*;

float half(Bytes at) { return float16_to_float(load_half(at)); }

/// Q4_0, Q4_1, Q5_0, Q5_1: 16 bytes of low nibbles (values 0..15) and high nibbles (16..31), the
/// fifth bits in a 32-bit word. value = d * (q - offset) or d * q + m.
template <bool kHasFifthBit, bool kHasMinimum>
void nibble_block(Bytes block, float* out) {
  constexpr int kOffset = kHasMinimum ? 0 : kHasFifthBit ? 16 : 8;
  const float d = half(block), m = kHasMinimum ? half(block + 2) : 0.0f;
  Bytes at = block + (kHasMinimum ? 4 : 2);
  uint32_t fifth = 0;
  if constexpr (kHasFifthBit) {
    std::memcpy(&fifth, at, sizeof fifth);
    at += sizeof fifth;
  }
  for (int i = 0; i < 16; ++i) {
    const int low = (at[i] & 15) | static_cast<int>((fifth >> i & 1) << 4);
    const int high = (at[i] >> 4) | static_cast<int>((fifth >> (i + 16) & 1) << 4);
    out[i] = static_cast<float>(low - kOffset) * d + m;
    out[i + 16] = static_cast<float>(high - kOffset) * d + m;
  }
}

void q8_0_block(Bytes block, float* out) {
  const float d = half(block);
  for (int i = 0; i < 32; ++i) out[i] = static_cast<float>(static_cast<int8_t>(block[2 + i])) * d;
}

/// 16 groups of 16 two-bit values: value = d * scale * q - dmin * minimum.
void q2_k_block(Bytes block, float* out) {
  Bytes scales = block, q = block + 16;
  const float d = half(block + 80), dmin = half(block + 82);
  for (int part = 0; part < 2; ++part, q += 32)
    for (int shift = 0; shift < 8; shift += 2)
      for (int group = 0; group < 2; ++group, ++scales) {
        const float scale = d * static_cast<float>(*scales & 15);
        const float minimum = dmin * static_cast<float>(*scales >> 4);
        for (int i = 0; i < 16; ++i)
          *out++ = scale * static_cast<float>(q[16 * group + i] >> shift & 3) - minimum;
      }
}

/// 16 groups of 16 three-bit values, the third bit inverted and apart; six-bit scales with
/// offset 32.
void q3_k_block(Bytes block, float* out) {
  Bytes high = block, q = block + 32, packed = block + 96;
  const float d = half(block + 108);
  int8_t scales[16];
  for (int j = 0; j < 16; ++j) {
    const int low = j < 8 ? packed[j] & 15 : packed[j - 8] >> 4;
    const int upper = packed[8 + j % 4] >> (2 * (j / 4)) & 3;
    scales[j] = static_cast<int8_t>((low | upper << 4) - 32);
  }
  int group = 0;
  for (int part = 0; part < 2; ++part, q += 32)
    for (int bit = 0; bit < 4; ++bit)
      for (int side = 0; side < 2; ++side, ++group) {
        const float scale = d * static_cast<float>(scales[group]);
        for (int i = 16 * side; i < 16 * side + 16; ++i) {
          const int third = high[i] >> (4 * part + bit) & 1;
          *out++ = scale * static_cast<float>((q[i] >> (2 * bit) & 3) - (third != 0 ? 0 : 4));
        }
      }
}

struct ScaleAndMinimum {
  float scale, minimum;
};

/// Q4_K and Q5_K: eight six-bit scales and minima in 12 bytes.
ScaleAndMinimum six_bit_pair(Bytes packed, int j) {
  if (j < 4) return {static_cast<float>(packed[j] & 63), static_cast<float>(packed[j + 4] & 63)};
  return {static_cast<float>((packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4),
          static_cast<float>((packed[j + 4] >> 4) | (packed[j] >> 6) << 4)};
}

template <bool kHasFifthBit>
void q45_k_block(Bytes block, float* out) {
  const float d = half(block), dmin = half(block + 2);
  Bytes packed = block + 4, high = block + 16;
  Bytes q = kHasFifthBit ? high + 32 : high;
  for (int j = 0; j < 8; ++j) {
    const ScaleAndMinimum pair = six_bit_pair(packed, j);
    const float scale = d * pair.scale, minimum = dmin * pair.minimum;
    Bytes bytes = q + 32 * (j / 2);
    for (int i = 0; i < 32; ++i) {
      int value = bytes[i] >> (4 * (j % 2)) & 15;
      if constexpr (kHasFifthBit) value |= (high[i] >> j & 1) << 4;
      *out++ = scale * static_cast<float>(value) - minimum;
    }
  }
}

/// 16 groups of 16 six-bit values with offset 32: four low bits, two high bits apart.
void q6_k_block(Bytes block, float* out) {
  Bytes low = block, high = block + 128;
  const int8_t* scales = reinterpret_cast<const int8_t*>(block + 192);
  const float d = half(block + 208);
  for (int part = 0; part < 2; ++part, low += 64, high += 32, scales += 8)
    for (int quarter = 0; quarter < 4; ++quarter)
      for (int i = 0; i < 32; ++i) {
        const int nibble = low[32 * (quarter % 2) + i] >> (4 * (quarter / 2)) & 15;
        const int value = (nibble | (high[i] >> (2 * quarter) & 3) << 4) - 32;
        *out++ = d * static_cast<float>(scales[2 * quarter + i / 16]) * static_cast<float>(value);
      }
}

void f32_block(Bytes block, float* out) { std::memcpy(out, block, sizeof(float)); }
void f16_block(Bytes block, float* out) { *out = half(block); }
void bf16_block(Bytes block, float* out) { *out = bfloat16_to_float(load_half(block)); }

using BlockFunction = void (*)(Bytes, float*);

BlockFunction block_function(GgmlType type) {
  switch (type) {
    case GgmlType::kF32:
      return f32_block;
    case GgmlType::kF16:
      return f16_block;
    case GgmlType::kBF16:
      return bf16_block;
    case GgmlType::kQ4_0:
      return nibble_block<false, false>;
    case GgmlType::kQ4_1:
      return nibble_block<false, true>;
    case GgmlType::kQ5_0:
      return nibble_block<true, false>;
    case GgmlType::kQ5_1:
      return nibble_block<true, true>;
    case GgmlType::kQ8_0:
      return q8_0_block;
    case GgmlType::kQ2_K:
      return q2_k_block;
    case GgmlType::kQ3_K:
      return q3_k_block;
    case GgmlType::kQ4_K:
      return q45_k_block<false>;
    case GgmlType::kQ5_K:
      return q45_k_block<true>;
    case GgmlType::kQ6_K:
      break;
  }
  return q6_k_block;
}

}  // namespace

void dequantise(GgmlType type, std::span<const std::byte> blocks, std::span<float> out) {
  const GgmlLayout& layout = ggml_layout(type);
  const int64_t count = static_cast<int64_t>(out.size()) / layout.block_values;
  if (static_cast<int64_t>(out.size()) != count * layout.block_values ||
      static_cast<int64_t>(blocks.size()) != count * layout.block_bytes)
    throw ShapeError(std::string("dequantise: ") + layout.name + ": " +
                     std::to_string(blocks.size()) + " bytes do not hold " +
                     std::to_string(out.size()) + " values");
  const BlockFunction function = block_function(type);
  Bytes at = reinterpret_cast<Bytes>(blocks.data());
  for (int64_t i = 0; i < count; ++i)
    function(at + i * layout.block_bytes, out.data() + i * layout.block_values);
}

}  // namespace limbeck::nlp
