// Compiled without contraction of a * b + c (see CMakeLists.txt), so that every instruction set
// gives the same bits.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/train/optimizer/adam_kernel.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "nlp/train/optimizer/adam_kernel.h"

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE void update_one(const AdamConstants& k, float gradient, float& value, float& mean,
                           float& square) {
  const float g = k.gradient_scale * gradient;
  float m = mean + k.mix1 * (g - mean);
  float v = k.beta2 * square + k.mix2 * (g * g);
  if (std::fabs(m) < FLT_MIN) m = 0;
  if (v < FLT_MIN) v = 0;
  const float denominator = k.root_scale * std::sqrt(v) + k.epsilon;
  value = k.keep * value - k.step_size * (m / denominator);
  mean = m;
  square = v;
}

void update(const AdamConstants& k, size_t count, const float* HWY_RESTRICT gradient,
            float* HWY_RESTRICT value, float* HWY_RESTRICT mean, float* HWY_RESTRICT square) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  const auto smallest = hn::Set(d, FLT_MIN);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto g = hn::Mul(hn::Set(d, k.gradient_scale), hn::LoadU(d, gradient + i));
    auto m = hn::LoadU(d, mean + i);
    m = hn::Add(m, hn::Mul(hn::Set(d, k.mix1), hn::Sub(g, m)));
    auto v = hn::Add(hn::Mul(hn::Set(d, k.beta2), hn::LoadU(d, square + i)),
                     hn::Mul(hn::Set(d, k.mix2), hn::Mul(g, g)));
    m = hn::IfThenZeroElse(hn::Lt(hn::Abs(m), smallest), m);
    v = hn::IfThenZeroElse(hn::Lt(v, smallest), v);
    const auto denominator =
        hn::Add(hn::Mul(hn::Set(d, k.root_scale), hn::Sqrt(v)), hn::Set(d, k.epsilon));
    const auto moved = hn::Mul(hn::Set(d, k.step_size), hn::Div(m, denominator));
    const auto kept = hn::Mul(hn::Set(d, k.keep), hn::LoadU(d, value + i));
    hn::StoreU(hn::Sub(kept, moved), d, value + i);
    hn::StoreU(m, d, mean + i);
    hn::StoreU(v, d, square + i);
  }
  for (; i < count; ++i) update_one(k, gradient[i], value[i], mean[i], square[i]);
}

}  // namespace limbeck::nlp::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::detail {

HWY_EXPORT(update);

void adam_update(const AdamConstants& constants, size_t count, const float* gradient, float* value,
                 float* mean, float* square) {
  HWY_DYNAMIC_DISPATCH(update)(constants, count, gradient, value, mean, square);
}

bool is_all_zero(const float* values, size_t count) {
  uint32_t bits = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t word;
    std::memcpy(&word, values + i, sizeof word);
    bits |= word;
  }
  return (bits & 0x7fffffff) == 0;
}

}  // namespace limbeck::nlp::detail
#endif  // HWY_ONCE
