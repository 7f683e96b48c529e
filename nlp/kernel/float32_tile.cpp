// Float32 tiles, tile stores and unit transposition, compiled once an instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/float32_tile.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "nlp/kernel/panel.h"

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, 16>;
using Float = hn::Vec<FloatTag>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(FloatTag()));
constexpr int kColumns = 2 * kLanes < kPanelColumns ? 2 * kLanes : kPanelColumns;
/// Rows whose accumulators fit into the registers: 32 of them with AVX-512 and NEON, else 16.
#if HWY_ARCH_X86
constexpr int kRows = HWY_TARGET == HWY_AVX3 ? 14 : HWY_TARGET == HWY_AVX2 ? 6 : 5;
#else
constexpr int kRows = 12;
#endif

template <int kCount>
HWY_INLINE void accumulate(int64_t units, const float* HWY_RESTRICT a, int64_t a_stride,
                           const float* HWY_RESTRICT b, int64_t b_stride,
                           float* HWY_RESTRICT tile) {
  const FloatTag d;
  Float sum[kCount][2];
#pragma GCC unroll 16
  for (int r = 0; r < kCount; ++r) sum[r][0] = sum[r][1] = hn::Zero(d);
  for (int64_t u = 0; u < units; ++u, a += a_stride, b += b_stride) {
    const Float b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < kCount; ++r) {
      const Float value = hn::Set(d, a[r]);
      sum[r][0] = hn::MulAdd(value, b0, sum[r][0]);
      sum[r][1] = hn::MulAdd(value, b1, sum[r][1]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kCount; ++r) {
    hn::StoreU(sum[r][0], d, tile + r * kPanelColumns);
    hn::StoreU(sum[r][1], d, tile + r * kPanelColumns + kLanes);
  }
}

template <int kCount>
void accumulate_rows(int rows, int64_t units, const float* a, int64_t a_stride, const float* b,
                     int64_t b_stride, float* tile) {
  if (rows == kCount) return accumulate<kCount>(units, a, a_stride, b, b_stride, tile);
  if constexpr (kCount > 1)
    accumulate_rows<kCount - 1>(rows, units, a, a_stride, b, b_stride, tile);
}

void float32_tile(int rows, int64_t units, const uint32_t* a, int64_t a_stride, const uint32_t* b,
                  int64_t b_stride, uint32_t* tile) {
  const int blocks = (rows + kRows - 1) / kRows;
  for (int block = 0; block < blocks; ++block) {
    const int first = rows * block / blocks, last = rows * (block + 1) / blocks;
    for (int column = 0; column < kPanelColumns; column += kColumns)
      accumulate_rows<kRows>(last - first, units, reinterpret_cast<const float*>(a) + first,
                             a_stride, reinterpret_cast<const float*>(b) + column, b_stride,
                             reinterpret_cast<float*>(tile) + first * kPanelColumns + column);
  }
}

void float32_vector(int panels, int64_t units, const uint32_t* x, const uint32_t* b,
                    int64_t panel_stride, uint32_t* sums) {
  const FloatTag d;
  const float* vector = reinterpret_cast<const float*>(x);
  for (int column = 0; column < kPanelColumns; column += kColumns) {
    const float* right = reinterpret_cast<const float*>(b) + column;
    float* out = reinterpret_cast<float*>(sums) + column;
    int p = 0;
    for (; p + 4 <= panels; p += 4, right += 4 * panel_stride, out += 4 * kPanelColumns) {
      Float sum[8];
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) sum[i] = hn::Zero(d);
      for (int64_t u = 0; u < units; ++u) {
        const Float value = hn::Set(d, vector[u]);
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i)
          sum[i] = hn::MulAdd(
              value,
              hn::LoadU(d, right + (i / 2) * panel_stride + u * kPanelColumns + (i % 2) * kLanes),
              sum[i]);
      }
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i)
        hn::StoreU(sum[i], d, out + (i / 2) * kPanelColumns + (i % 2) * kLanes);
    }
    for (; p < panels; ++p, right += panel_stride, out += kPanelColumns)
      accumulate<1>(units, vector, 1, right, kPanelColumns, out);
  }
}

void write_float_tile(int rows, int columns, float alpha, const float* HWY_RESTRICT tile,
                      float beta, float* HWY_RESTRICT c, int64_t ldc) {
  const FloatTag d;
  const Float scale = hn::Set(d, alpha), keep = hn::Set(d, beta);
  for (int r = 0; r < rows; ++r, tile += kPanelColumns, c += ldc) {
    int j = 0;
    for (; j + kLanes <= columns; j += kLanes) {
      Float value = hn::Mul(scale, hn::Load(d, tile + j));
      if (beta != 0) value = hn::MulAdd(keep, hn::LoadU(d, c + j), value);
      hn::StoreU(value, d, c + j);
    }
    for (; j < columns; ++j)
      c[j] = beta != 0 ? __builtin_fmaf(beta, c[j], alpha * tile[j]) : alpha * tile[j];
  }
}

/// Four rows at a time, as 4 x 4 blocks in 128-bit vectors.
HWY_INLINE void interleave_four(int64_t units, const uint32_t* HWY_RESTRICT in, int64_t in_stride,
                                uint32_t* HWY_RESTRICT out, int64_t out_stride) {
  const hn::Full128<uint32_t> d;
  const hn::Full128<uint64_t> d64;
  int64_t u = 0;
  for (; u + 4 <= units; u += 4, out += 4 * out_stride) {
    const auto r0 = hn::LoadU(d, in + u), r1 = hn::LoadU(d, in + in_stride + u);
    const auto r2 = hn::LoadU(d, in + 2 * in_stride + u), r3 = hn::LoadU(d, in + 3 * in_stride + u);
    const auto low01 = hn::BitCast(d64, hn::InterleaveLower(d, r0, r1));
    const auto low23 = hn::BitCast(d64, hn::InterleaveLower(d, r2, r3));
    const auto high01 = hn::BitCast(d64, hn::InterleaveUpper(d, r0, r1));
    const auto high23 = hn::BitCast(d64, hn::InterleaveUpper(d, r2, r3));
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, low01, low23)), d, out);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, low01, low23)), d, out + out_stride);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, high01, high23)), d, out + 2 * out_stride);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, high01, high23)), d, out + 3 * out_stride);
  }
  for (; u < units; ++u, out += out_stride)
    for (int r = 0; r < 4; ++r) out[r] = in[r * in_stride + u];
}

void interleave(int rows, int64_t units, const uint32_t* in, int64_t in_stride, uint32_t* out,
                int64_t out_stride) {
  if (rows >= 4) {
    for (int r = 0; r + 4 <= rows; r += 4)
      interleave_four(units, in + r * in_stride, in_stride, out + r, out_stride);
    if (rows % 4 != 0)
      interleave_four(units, in + (rows - 4) * in_stride, in_stride, out + rows - 4, out_stride);
    return;
  }
  for (int64_t u = 0; u < units; ++u)
    for (int r = 0; r < rows; ++r) out[u * out_stride + r] = in[r * in_stride + u];
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel::detail {

HWY_EXPORT(float32_tile);
HWY_EXPORT(float32_vector);
HWY_EXPORT(write_float_tile);
HWY_EXPORT(interleave);

ProductKernels float32_kernels() {
  detect_targets();
  return {&HWY_DYNAMIC_DISPATCH(float32_tile), &HWY_DYNAMIC_DISPATCH(float32_vector)};
}

void write_tile(int rows, int columns, float alpha, const float* tile, float beta, float* c,
                int64_t ldc) {
  HWY_DYNAMIC_DISPATCH(write_float_tile)(rows, columns, alpha, tile, beta, c, ldc);
}

void interleave_rows(int rows, int64_t units, const uint32_t* in, int64_t in_stride, uint32_t* out,
                     int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(interleave)(rows, units, in, in_stride, out, out_stride);
}

}  // namespace limbeck::nlp::kernel::detail
#endif  // HWY_ONCE
