// bfloat16 and 8-bit tiles without the CPU's own dot instructions, compiled once an instruction
// set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/narrow_tile.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "nlp/kernel/panel.h"

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using UnitTag = hn::CappedTag<uint32_t, 16>;
using Unit = hn::Vec<UnitTag>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(UnitTag()));
constexpr int kRows = HWY_TARGET == HWY_SSSE3 || HWY_TARGET == HWY_AVX2 ? 3 : 6;

/// A bfloat16 is the upper half of a float32: both halves of a unit are widened and multiplied as
/// float32.
struct BFloat16Dot {
  using Tag = hn::RebindToFloat<UnitTag>;
  struct Sum {
    hn::Vec<Tag> value;
    HWY_INLINE Unit units() const { return hn::BitCast(UnitTag(), value); }
  };
  static HWY_INLINE Sum zero() { return {hn::Zero(Tag())}; }
  struct Halves {
    hn::Vec<Tag> low, high;
  };
  static HWY_INLINE Halves right(Unit b) { return left(b); }
  static HWY_INLINE Halves left(Unit a) {
    return {hn::BitCast(Tag(), hn::ShiftLeft<16>(a)),
            hn::BitCast(Tag(), hn::And(a, hn::Set(UnitTag(), 0xFFFF0000u)))};
  }
  static HWY_INLINE void add(const Halves& a, const Halves& b, Sum& sum) {
    sum.value = hn::MulAdd(a.high, b.high, hn::MulAdd(a.low, b.low, sum.value));
  }
};

/// Bytes are widened to int16 (even and odd ones apart), whose pair products and int32 sums are
/// exact.
struct Int8Dot {
  using Short = hn::Repartition<int16_t, UnitTag>;
  using Int = hn::RebindToSigned<UnitTag>;
  struct Sum {
    hn::Vec<Int> first, second;
    HWY_INLINE Unit units() const { return hn::BitCast(UnitTag(), hn::Add(first, second)); }
  };
  static HWY_INLINE Sum zero() { return {hn::Zero(Int()), hn::Zero(Int())}; }
  struct Halves {
    hn::Vec<Short> even, odd;
  };
  static HWY_INLINE Halves left(Unit a) {
    const hn::RebindToUnsigned<Short> du;
    const auto bytes = hn::BitCast(du, a);
    return {hn::BitCast(Short(), hn::And(bytes, hn::Set(du, 0xFFu))),
            hn::BitCast(Short(), hn::ShiftRight<8>(bytes))};
  }
  static HWY_INLINE Halves right(Unit b) {
    const auto bytes = hn::BitCast(Short(), b);
    return {hn::ShiftRight<8>(hn::ShiftLeft<8>(bytes)), hn::ShiftRight<8>(bytes)};
  }
  static HWY_INLINE void add(const Halves& a, const Halves& b, Sum& sum) {
    sum.first = hn::ReorderWidenMulAccumulate(Int(), a.even, b.even, sum.first, sum.second);
    sum.first = hn::ReorderWidenMulAccumulate(Int(), a.odd, b.odd, sum.first, sum.second);
  }
};

template <class Dot, int kCount>
HWY_INLINE void accumulate(int64_t units, const uint32_t* HWY_RESTRICT a, int64_t a_stride,
                           const uint32_t* HWY_RESTRICT b, int64_t b_stride,
                           uint32_t* HWY_RESTRICT tile) {
  const UnitTag d;
  typename Dot::Sum sum[kCount][2];
#pragma GCC unroll 8
  for (int r = 0; r < kCount; ++r) sum[r][0] = sum[r][1] = Dot::zero();
  for (int64_t u = 0; u < units; ++u, a += a_stride, b += b_stride) {
    const auto b0 = Dot::right(hn::LoadU(d, b)), b1 = Dot::right(hn::LoadU(d, b + kLanes));
#pragma GCC unroll 8
    for (int r = 0; r < kCount; ++r) {
      const auto value = Dot::left(hn::Set(d, a[r]));
      Dot::add(value, b0, sum[r][0]);
      Dot::add(value, b1, sum[r][1]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kCount; ++r) {
    hn::StoreU(sum[r][0].units(), d, tile + r * kPanelColumns);
    hn::StoreU(sum[r][1].units(), d, tile + r * kPanelColumns + kLanes);
  }
}

template <class Dot, int kCount>
void accumulate_rows(int rows, int64_t units, const uint32_t* a, int64_t a_stride,
                     const uint32_t* b, int64_t b_stride, uint32_t* tile) {
  if (rows == kCount) return accumulate<Dot, kCount>(units, a, a_stride, b, b_stride, tile);
  if constexpr (kCount > 1)
    accumulate_rows<Dot, kCount - 1>(rows, units, a, a_stride, b, b_stride, tile);
}

template <class Dot>
HWY_INLINE void whole_tile(int rows, int64_t units, const uint32_t* a, int64_t a_stride,
                           const uint32_t* b, int64_t b_stride, uint32_t* tile) {
  const int blocks = (rows + kRows - 1) / kRows;
  for (int block = 0; block < blocks; ++block) {
    const int first = rows * block / blocks, last = rows * (block + 1) / blocks;
    for (int column = 0; column < kPanelColumns; column += 2 * kLanes)
      accumulate_rows<Dot, kRows>(last - first, units, a + first, a_stride, b + column, b_stride,
                                  tile + first * kPanelColumns + column);
  }
}

void bfloat16_tile(int rows, int64_t units, const uint32_t* a, int64_t a_stride, const uint32_t* b,
                   int64_t b_stride, uint32_t* tile) {
  whole_tile<BFloat16Dot>(rows, units, a, a_stride, b, b_stride, tile);
}
void int8_tile(int rows, int64_t units, const uint32_t* a, int64_t a_stride, const uint32_t* b,
               int64_t b_stride, uint32_t* tile) {
  whole_tile<Int8Dot>(rows, units, a, a_stride, b, b_stride, tile);
}
void bfloat16_vector(int panels, int64_t units, const uint32_t* x, const uint32_t* b,
                     int64_t panel_stride, uint32_t* sums) {
  for (int p = 0; p < panels; ++p)
    bfloat16_tile(1, units, x, 1, b + p * panel_stride, kPanelColumns, sums + p * kPanelColumns);
}
void int8_vector(int panels, int64_t units, const uint32_t* x, const uint32_t* b,
                 int64_t panel_stride, uint32_t* sums) {
  for (int p = 0; p < panels; ++p)
    int8_tile(1, units, x, 1, b + p * panel_stride, kPanelColumns, sums + p * kPanelColumns);
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel::detail {

HWY_EXPORT(bfloat16_tile);
HWY_EXPORT(bfloat16_vector);
HWY_EXPORT(int8_tile);
HWY_EXPORT(int8_vector);

ProductKernels bfloat16_kernels(bool native) {
  detect_targets();
  const ProductKernels fast = native && may_use_avx512() ? avx512_bf16_kernels() : ProductKernels{};
  if (fast.tile != nullptr) return fast;
  return {&HWY_DYNAMIC_DISPATCH(bfloat16_tile), &HWY_DYNAMIC_DISPATCH(bfloat16_vector)};
}

ProductKernels int8_kernels(bool native) {
  detect_targets();
  const ProductKernels fast = native && may_use_avx512() ? avx512_vnni_kernels() : ProductKernels{};
  if (fast.tile != nullptr) return fast;
  return {&HWY_DYNAMIC_DISPATCH(int8_tile), &HWY_DYNAMIC_DISPATCH(int8_vector)};
}

}  // namespace limbeck::nlp::kernel::detail
#endif  // HWY_ONCE
