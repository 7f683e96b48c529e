#include "nlp/kernel/operand_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/operand_rows.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Upper half of a float32 after rounding, in the upper half of the lane.
template <class D>
HWY_INLINE hn::Vec<D> rounded_bits(D d, const float* values) {
  const hn::RebindToFloat<D> df;
  const auto value = hn::LoadU(df, values);
  const auto bits = hn::BitCast(d, value);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d, 1u));
  const auto rounded = hn::Add(hn::Add(bits, hn::Set(d, 0x7FFFu)), odd);
  const auto quiet_nan = hn::Set(d, 0x7FC00000u);
  return hn::IfThenElse(hn::RebindMask(d, hn::IsNaN(value)), quiet_nan, rounded);
}

template <class D>
HWY_INLINE void bfloat16_lanes(D d, const float* values, int64_t units, uint32_t* out) {
  const auto low = rounded_bits(d, values), high = rounded_bits(d, values + units);
  hn::StoreU(hn::Or(hn::ShiftRight<16>(low), hn::And(high, hn::Set(d, 0xFFFF0000u))), d, out);
}

void bfloat16_row(const float* values, int64_t units, uint32_t* out) {
  const hn::ScalableTag<uint32_t> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t u = 0;
  for (; u + lanes <= units; u += lanes) bfloat16_lanes(d, values + u, units, out + u);
  for (; u < units; ++u) bfloat16_lanes(hn::CappedTag<uint32_t, 1>(), values + u, units, out + u);
}

template <class D>
HWY_INLINE hn::Vec<D> quantised(D d, hn::Vec<hn::RebindToFloat<D>> inverse, const float* values) {
  const hn::RebindToFloat<D> df;
  const hn::RebindToSigned<D> di;
  const auto nearest = hn::NearestInt(hn::Mul(hn::LoadU(df, values), inverse));
  return hn::BitCast(d, hn::Add(nearest, hn::Set(di, 128)));
}

template <class D>
HWY_INLINE void quantised_lanes(D d, float inverse, const float* values, int64_t units,
                                uint32_t* out) {
  const auto scale = hn::Set(hn::RebindToFloat<D>(), inverse);
  const auto low =
      hn::Or(quantised(d, scale, values), hn::ShiftLeft<8>(quantised(d, scale, values + units)));
  const auto high = hn::Or(hn::ShiftLeft<16>(quantised(d, scale, values + 2 * units)),
                           hn::ShiftLeft<24>(quantised(d, scale, values + 3 * units)));
  hn::StoreU(hn::Or(low, high), d, out);
}

float largest_magnitude(const float* values, int64_t count) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto most0 = hn::Zero(d), most1 = hn::Zero(d);
  int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    most0 = hn::Max(most0, hn::Abs(hn::LoadU(d, values + i)));
    most1 = hn::Max(most1, hn::Abs(hn::LoadU(d, values + i + lanes)));
  }
  float most = hn::GetLane(hn::MaxOfLanes(d, hn::Max(most0, most1)));
  for (; i < count; ++i)
    most = most < __builtin_fabsf(values[i]) ? __builtin_fabsf(values[i]) : most;
  return most;
}

float quantised_row(const float* values, int64_t units, uint32_t* out) {
  const hn::ScalableTag<uint32_t> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const float most = largest_magnitude(values, 4 * units);
  const float scale = most / 127.0f, inverse = scale > 0 ? 127.0f / most : 0.0f;
  int64_t u = 0;
  for (; u + lanes <= units; u += lanes) quantised_lanes(d, inverse, values + u, units, out + u);
  for (; u < units; ++u)
    quantised_lanes(hn::CappedTag<uint32_t, 1>(), inverse, values + u, units, out + u);
  return scale;
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel::detail {

HWY_EXPORT(bfloat16_row);
HWY_EXPORT(quantised_row);

void bfloat16_units(const float* values, int64_t units, uint32_t* out) {
  HWY_DYNAMIC_DISPATCH(bfloat16_row)(values, units, out);
}

float quantised_units(const float* values, int64_t units, uint32_t* out) {
  return HWY_DYNAMIC_DISPATCH(quantised_row)(values, units, out);
}

}  // namespace limbeck::nlp::kernel::detail
#endif  // HWY_ONCE
