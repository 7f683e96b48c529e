// Tiles of 512-bit dot instructions. The including file gives LIMBECK_DOT_TARGET (a function
// attribute) and, in the enclosing namespace, `Sum`, `zero()`, `dot(sum, a, b)` and `store(sum,
// out)` on __m512i operands.

template <int kCount>
LIMBECK_DOT_TARGET void accumulate(int64_t units, const uint32_t* __restrict a, int64_t a_stride,
                                   const uint32_t* __restrict b, int64_t b_stride,
                                   uint32_t* __restrict tile) {
  Sum sum[kCount][2];
#pragma GCC unroll 16
  for (int r = 0; r < kCount; ++r) sum[r][0] = sum[r][1] = zero();
  for (int64_t u = 0; u < units; ++u, a += a_stride, b += b_stride) {
    const __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + 16);
#pragma GCC unroll 16
    for (int r = 0; r < kCount; ++r) {
      const __m512i value = _mm512_set1_epi32(static_cast<int>(a[r]));
      sum[r][0] = dot(sum[r][0], value, b0);
      sum[r][1] = dot(sum[r][1], value, b1);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kCount; ++r) {
    store(sum[r][0], tile + r * kPanelColumns);
    store(sum[r][1], tile + r * kPanelColumns + 16);
  }
}

template <int kCount>
void accumulate_rows(int rows, int64_t units, const uint32_t* a, int64_t a_stride,
                     const uint32_t* b, int64_t b_stride, uint32_t* tile) {
  if (rows == kCount) return accumulate<kCount>(units, a, a_stride, b, b_stride, tile);
  if constexpr (kCount > 1)
    accumulate_rows<kCount - 1>(rows, units, a, a_stride, b, b_stride, tile);
}

void whole_tile(int rows, int64_t units, const uint32_t* a, int64_t a_stride, const uint32_t* b,
                int64_t b_stride, uint32_t* tile) {
  accumulate_rows<kMostPanelRows>(rows, units, a, a_stride, b, b_stride, tile);
}

LIMBECK_DOT_TARGET void four_panels(int64_t units, const uint32_t* __restrict x,
                                    const uint32_t* __restrict b, int64_t panel_stride,
                                    uint32_t* __restrict sums) {
  Sum sum[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) sum[i] = zero();
  for (int64_t u = 0; u < units; ++u, b += kPanelColumns) {
    const __m512i value = _mm512_set1_epi32(static_cast<int>(x[u]));
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i)
      sum[i] = dot(sum[i], value, _mm512_loadu_si512(b + (i / 2) * panel_stride + (i % 2) * 16));
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) store(sum[i], sums + i * 16);
}

void whole_vector(int panels, int64_t units, const uint32_t* x, const uint32_t* b,
                  int64_t panel_stride, uint32_t* sums) {
  if (panels == 4) return four_panels(units, x, b, panel_stride, sums);
  for (int p = 0; p < panels; ++p)
    accumulate<1>(units, x, 1, b + p * panel_stride, kPanelColumns, sums + p * kPanelColumns);
}
