// Block tiles without the CPU's own dot instructions, and the quantisation of rows, compiled once
// an instruction set.
#include "nlp/kernel/block_tile.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/block_tile.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using UnitTag = hn::CappedTag<uint32_t, 16>;
using Short = hn::Repartition<int16_t, UnitTag>;
using Int = hn::RebindToSigned<UnitTag>;
using FloatTag = hn::RebindToFloat<UnitTag>;

struct Halves {
  hn::Vec<Short> even, odd;
};

/// Unsigned bytes, the even and the odd ones apart.
HWY_INLINE Halves codes_of(hn::Vec<UnitTag> unit) {
  const hn::RebindToUnsigned<Short> du;
  const auto bytes = hn::BitCast(du, unit);
  return {hn::BitCast(Short(), hn::And(bytes, hn::Set(du, 0xFFu))),
          hn::BitCast(Short(), hn::ShiftRight<8>(bytes))};
}

/// Signed bytes, likewise.
HWY_INLINE Halves bytes_of(hn::Vec<UnitTag> unit) {
  const auto bytes = hn::BitCast(Short(), unit);
  return {hn::ShiftRight<8>(hn::ShiftLeft<8>(bytes)), hn::ShiftRight<8>(bytes)};
}

template <int kBits>
HWY_INLINE hn::Vec<UnitTag> unit_of(const uint32_t* codes, int unit) {
  const UnitTag d;
  if constexpr (kBits == 8) return hn::LoadU(d, codes + 32 * unit);
  const auto value = hn::LoadU(d, codes + 32 * (unit % 4));
  return hn::And(unit < 4 ? value : hn::ShiftRight<4>(value), hn::Set(d, 0x0F0F0F0Fu));
}

HWY_INLINE hn::Vec<FloatTag> halves(const uint16_t* at) {
  const hn::Rebind<hwy::float16_t, FloatTag> d;
  return hn::PromoteTo(FloatTag(), hn::LoadU(d, reinterpret_cast<const hwy::float16_t*>(at)));
}

/// Adds one block of the columns [column, column + lanes) to the tile.
template <int kBits>
HWY_INLINE void add_block(const BlockRows& left, int64_t block, const uint32_t* panel, int column,
                          float* tile) {
  const FloatTag df;
  const uint32_t* codes = panel + kScaleUnits + column;
  const uint16_t* scales = reinterpret_cast<const uint16_t*>(panel) + column;
  const auto column_scale = halves(scales), column_minimum = halves(scales + 32);
  for (int r = 0; r < left.rows; ++r) {
    auto first = hn::Zero(Int()), second = hn::Zero(Int());
    const uint32_t* bytes = left.units + block * kBlockUnits * left.rows + r;
    for (int u = 0; u < kBlockUnits; ++u) {
      const Halves a = bytes_of(hn::Set(UnitTag(), bytes[u * left.rows]));
      const Halves b = codes_of(unit_of<kBits>(codes, u));
      first = hn::ReorderWidenMulAccumulate(Int(), a.even, b.even, first, second);
      first = hn::ReorderWidenMulAccumulate(Int(), a.odd, b.odd, first, second);
    }
    const auto sum = hn::ConvertTo(df, hn::Add(first, second));
    const auto product = hn::Mul(sum, hn::Set(df, left.scales[block * left.rows + r]));
    const auto total = hn::Set(df, left.sums[block * left.rows + r]);
    float* out = tile + 32 * r + column;
    const auto added = hn::MulAdd(product, column_scale, hn::LoadU(df, out));
    hn::StoreU(hn::MulAdd(total, column_minimum, added), df, out);
  }
}

template <int kBits>
HWY_INLINE void whole_tile(const BlockRows& left, int64_t blocks, const uint32_t* panel,
                           float* tile) {
  const int lanes = static_cast<int>(hn::Lanes(FloatTag()));
  for (int i = 0; i < 32 * left.rows; ++i) tile[i] = 0;
  for (int64_t block = 0; block < blocks; ++block, panel += block_panel_units(kBits))
    for (int column = 0; column < 32; column += lanes)
      add_block<kBits>(left, block, panel, column, tile);
}

void tile_of_4_bits(const BlockRows& left, int64_t blocks, const uint32_t* panel, float* tile) {
  whole_tile<4>(left, blocks, panel, tile);
}
void tile_of_8_bits(const BlockRows& left, int64_t blocks, const uint32_t* panel, float* tile) {
  whole_tile<8>(left, blocks, panel, tile);
}

void quantise(const float* values, int64_t blocks, int8_t* bytes, float* scales, float* sums) {
  const hn::CappedTag<float, 16> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<int8_t, decltype(d)> db;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int64_t block = 0; block < blocks; ++block, values += 32, bytes += 32) {
    auto most = hn::Zero(d);
    for (int i = 0; i < 32; i += lanes) most = hn::Max(most, hn::Abs(hn::LoadU(d, values + i)));
    const float largest = hn::GetLane(hn::MaxOfLanes(d, most));
    const float scale = largest / 127.0f;
    const auto inverse = hn::Set(d, scale > 0 ? 127.0f / largest : 0.0f);
    auto sum = hn::Zero(di);
    for (int i = 0; i < 32; i += lanes) {
      const auto nearest = hn::NearestInt(hn::Mul(hn::LoadU(d, values + i), inverse));
      sum = hn::Add(sum, nearest);
      hn::StoreU(hn::DemoteTo(db, nearest), db, bytes + i);
    }
    scales[block] = scale;
    sums[block] = scale * static_cast<float>(hn::GetLane(hn::SumOfLanes(di, sum)));
  }
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel::detail {

HWY_EXPORT(tile_of_4_bits);
HWY_EXPORT(tile_of_8_bits);
HWY_EXPORT(quantise);

BlockTileKernel block_tile_kernel(int bits, bool native) {
  detect_targets();
  if (native && may_use_avx512())
    if (const BlockTileKernel fast = avx512_vnni_block_tile_kernel(bits)) return fast;
  return bits == 4 ? &HWY_DYNAMIC_DISPATCH(tile_of_4_bits) : &HWY_DYNAMIC_DISPATCH(tile_of_8_bits);
}

void quantise_blocks(const float* values, int64_t blocks, int8_t* bytes, float* scales,
                     float* sums) {
  HWY_DYNAMIC_DISPATCH(quantise)(values, blocks, bytes, scales, sums);
}

}  // namespace limbeck::nlp::kernel::detail
#endif  // HWY_ONCE
