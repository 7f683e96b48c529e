#include "nlp/kernel/block_tile.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>

namespace limbeck::nlp::kernel::detail {
namespace {

#define LIMBECK_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

/// The codes of one block and panel as unsigned bytes.
template <int kBits>
LIMBECK_VNNI inline void load_codes(const uint32_t* codes, __m512i (&units)[kBlockUnits][2]) {
  const __m512i low_half = _mm512_set1_epi8(15);
#pragma GCC unroll 8
  for (int u = 0; u < (kBits == 4 ? 4 : kBlockUnits); ++u) {
#pragma GCC unroll 2
    for (int side = 0; side < 2; ++side) {
      const __m512i value = _mm512_loadu_si512(codes + 32 * u + 16 * side);
      if constexpr (kBits == 8) {
        units[u][side] = value;
      } else {
        units[u][side] = _mm512_and_si512(value, low_half);
        units[u + 4][side] = _mm512_and_si512(_mm512_srli_epi32(value, 4), low_half);
      }
    }
  }
}

LIMBECK_VNNI inline __m512 halves(const uint16_t* at) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
}

/// Adds one block of `kCount` rows from `first` to the tile.
template <int kCount>
LIMBECK_VNNI inline void add_rows(const BlockRows& left, int64_t block, int first,
                                  const __m512i (&units)[kBlockUnits][2], const uint16_t* scales,
                                  float* tile) {
  __m512i sum[kCount][2];
  const uint32_t* bytes = left.units + block * kBlockUnits * left.rows + first;
#pragma GCC unroll 4
  for (int r = 0; r < kCount; ++r) sum[r][0] = sum[r][1] = _mm512_setzero_si512();
#pragma GCC unroll 8
  for (int u = 0; u < kBlockUnits; ++u) {
#pragma GCC unroll 4
    for (int r = 0; r < kCount; ++r) {
      const __m512i value = _mm512_set1_epi32(static_cast<int>(bytes[u * left.rows + r]));
      sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], units[u][0], value);
      sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], units[u][1], value);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < kCount; ++r) {
    const __m512 scale = _mm512_set1_ps(left.scales[block * left.rows + first + r]);
    const __m512 total = _mm512_set1_ps(left.sums[block * left.rows + first + r]);
#pragma GCC unroll 2
    for (int side = 0; side < 2; ++side) {
      float* out = tile + 32 * (first + r) + 16 * side;
      const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sum[r][side]), scale);
      const __m512 added =
          _mm512_fmadd_ps(product, halves(scales + 16 * side), _mm512_loadu_ps(out));
      _mm512_storeu_ps(out, _mm512_fmadd_ps(total, halves(scales + 32 + 16 * side), added));
    }
  }
}

template <int kBits>
LIMBECK_VNNI void tile(const BlockRows& left, int64_t blocks, const uint32_t* panel, float* out) {
  std::fill_n(out, 32 * left.rows, 0.0f);
  for (int64_t block = 0; block < blocks; ++block, panel += block_panel_units(kBits)) {
    __m512i units[kBlockUnits][2];
    load_codes<kBits>(panel + kScaleUnits, units);
    const uint16_t* scales = reinterpret_cast<const uint16_t*>(panel);
    int row = 0;
    for (; row + 4 <= left.rows; row += 4) add_rows<4>(left, block, row, units, scales, out);
    for (; row < left.rows; ++row) add_rows<1>(left, block, row, units, scales, out);
  }
}

}  // namespace

BlockTileKernel avx512_vnni_block_tile_kernel(int bits) {
  if (!__builtin_cpu_supports("avx512vnni")) return nullptr;
  return bits == 4 ? &tile<4> : &tile<8>;
}

}  // namespace limbeck::nlp::kernel::detail

#else

namespace limbeck::nlp::kernel::detail {
BlockTileKernel avx512_vnni_block_tile_kernel(int) { return nullptr; }
}  // namespace limbeck::nlp::kernel::detail

#endif
