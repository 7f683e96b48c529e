#include "nlp/kernel/rms_norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/rms_norm.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void rms_norm_row(int64_t width, const float* x, const float* gain, float epsilon, float* y) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto even = hn::Zero(d), odd = hn::Zero(d);
  int64_t i = 0;
  for (; i + 2 * lanes <= width; i += 2 * lanes) {
    const auto a = hn::LoadU(d, x + i), b = hn::LoadU(d, x + i + lanes);
    even = hn::MulAdd(a, a, even);
    odd = hn::MulAdd(b, b, odd);
  }
  float squares = hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
  for (; i < width; ++i) squares += x[i] * x[i];
  const float scale = 1.0f / std::sqrt(squares / static_cast<float>(width) + epsilon);
  const auto factor = hn::Set(d, scale);
  for (i = 0; i + lanes <= width; i += lanes)
    hn::StoreU(hn::Mul(hn::Mul(hn::LoadU(d, x + i), factor), hn::LoadU(d, gain + i)), d, y + i);
  for (; i < width; ++i) y[i] = x[i] * scale * gain[i];
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel {
namespace detail {
namespace {
HWY_EXPORT(rms_norm_row);
}  // namespace
}  // namespace detail

void rms_norm(int64_t rows, int64_t width, const float* x, int64_t x_stride, const float* gain,
              float epsilon, float* y, int64_t y_stride) {
  using namespace detail;
  for (int64_t row = 0; row < rows; ++row) HWY_DYNAMIC_DISPATCH(rms_norm_row)
  (width, x + row * x_stride, gain, epsilon, y + row * y_stride);
}

}  // namespace limbeck::nlp::kernel
#endif  // HWY_ONCE
