#include "nlp/kernel/gated_unit.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/gated_unit.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "nlp/kernel/activation-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {

template <class D>
HWY_INLINE void gate_lanes(D d, const float* gate, const float* up, float* y) {
  const auto g = hn::LoadU(d, gate);
  hn::StoreU(hn::Mul(hn::Mul(g, sigmoid(d, g)), hn::LoadU(d, up)), d, y);
}

void swiglu_row(int64_t width, const float* x, float* y) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= width; i += lanes) gate_lanes(d, x + i, x + width + i, y + i);
  for (; i < width; ++i) gate_lanes(hn::CappedTag<float, 1>(), x + i, x + width + i, y + i);
}

template <class D>
HWY_INLINE void rotate_lanes(D d, const float* cosine, const float* sine, float* low, float* high) {
  const auto a = hn::LoadU(d, low), b = hn::LoadU(d, high);
  const auto c = hn::LoadU(d, cosine), s = hn::LoadU(d, sine);
  hn::StoreU(hn::NegMulAdd(b, s, hn::Mul(a, c)), d, low);
  hn::StoreU(hn::MulAdd(a, s, hn::Mul(b, c)), d, high);
}

void rotate_vector(int64_t half, const float* cosine, const float* sine, float* x) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= half; i += lanes) rotate_lanes(d, cosine + i, sine + i, x + i, x + half + i);
  for (; i < half; ++i)
    rotate_lanes(hn::CappedTag<float, 1>(), cosine + i, sine + i, x + i, x + half + i);
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel {
namespace detail {
namespace {
HWY_EXPORT(swiglu_row);
HWY_EXPORT(rotate_vector);
}  // namespace
}  // namespace detail

void swiglu(int64_t rows, int64_t width, const float* x, int64_t x_stride, float* y,
            int64_t y_stride) {
  using namespace detail;
  for (int64_t row = 0; row < rows; ++row)
    HWY_DYNAMIC_DISPATCH(swiglu_row)(width, x + row * x_stride, y + row * y_stride);
}

void rotate_halves(int64_t half, const float* cosine, const float* sine, float* x) {
  using namespace detail;
  HWY_DYNAMIC_DISPATCH(rotate_vector)(half, cosine, sine, x);
}

}  // namespace limbeck::nlp::kernel
#endif  // HWY_ONCE
