#include "nlp/kernel/layer_norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/layer_norm.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Sum of value(i) over i < count: whole vectors by `lanes`, the rest by one-lane vectors.
template <class Value>
HWY_INLINE float sum_of(int64_t count, const Value& value) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto sum = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) sum = hn::Add(sum, value(d, i));
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < count; ++i) total += hn::GetLane(value(hn::CappedTag<float, 1>(), i));
  return total;
}

template <class D>
HWY_INLINE void normalise_lanes(D d, const float* x, const float* gain, const float* bias,
                                float mean, float scale, float* y) {
  const auto centred = hn::Sub(hn::LoadU(d, x), hn::Set(d, mean));
  const auto factor = hn::Mul(hn::Set(d, scale), hn::LoadU(d, gain));
  hn::StoreU(hn::MulAdd(centred, factor, hn::LoadU(d, bias)), d, y);
}

void layer_norm_row(int64_t width, const float* x, const float* gain, const float* bias,
                    float epsilon, float* y) {
  const float mean =
      sum_of(width, [=](auto d, int64_t i) HWY_ATTR { return hn::LoadU(d, x + i); }) / width;
  const float squares = sum_of(width, [=](auto d, int64_t i) HWY_ATTR {
    const auto centred = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean));
    return hn::Mul(centred, centred);
  });
  const float scale = 1.0f / std::sqrt(squares / width + epsilon);
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= width; i += lanes)
    normalise_lanes(d, x + i, gain + i, bias + i, mean, scale, y + i);
  for (; i < width; ++i)
    normalise_lanes(hn::CappedTag<float, 1>(), x + i, gain + i, bias + i, mean, scale, y + i);
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel {
namespace detail {
namespace {
HWY_EXPORT(layer_norm_row);
}  // namespace
}  // namespace detail

void layer_norm(int64_t rows, int64_t width, const float* x, int64_t x_stride, const float* gain,
                const float* bias, float epsilon, float* y, int64_t y_stride) {
  using namespace detail;
  for (int64_t row = 0; row < rows; ++row) HWY_DYNAMIC_DISPATCH(layer_norm_row)
  (width, x + row * x_stride, gain, bias, epsilon, y + row * y_stride);
}

}  // namespace limbeck::nlp::kernel
#endif  // HWY_ONCE
