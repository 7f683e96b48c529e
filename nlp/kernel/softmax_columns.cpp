#include "nlp/kernel/softmax_columns.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/softmax_columns.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "nlp/kernel/activation-inl.h"
// clang-format on

#include "nlp/kernel/panel.h"

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {

void softmax_of_columns(int64_t rows, float scale, float* scores, float* inverse_sums) {
  const hn::CappedTag<float, 16> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const auto factor = hn::Set(d, scale);
  for (int column = 0; column < kPanelColumns; column += lanes) {
    float* first = scores + column;
    auto most = hn::LoadU(d, first);
    for (int64_t r = 1; r < rows; ++r)
      most = hn::Max(most, hn::LoadU(d, first + r * kPanelColumns));
    auto sum = hn::Zero(d);
    for (int64_t r = 0; r < rows; ++r) {
      const auto score = hn::Sub(hn::LoadU(d, first + r * kPanelColumns), most);
      const auto value = exp_of_nonpositive(d, hn::Mul(score, factor));
      sum = hn::Add(sum, value);
      hn::StoreU(value, d, first + r * kPanelColumns);
    }
    hn::StoreU(hn::Div(hn::Set(d, 1.0f), sum), d, inverse_sums + column);
  }
}

void scale_rows(int rows, int columns, const float* tile, const float* factors, float* out,
                int64_t out_stride) {
  const hn::CappedTag<float, 16> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int r = 0; r < rows; ++r, tile += kPanelColumns, out += out_stride) {
    const auto factor = hn::Set(d, factors[r]);
    int c = 0;
    for (; c + lanes <= columns; c += lanes)
      hn::StoreU(hn::Mul(hn::LoadU(d, tile + c), factor), d, out + c);
    for (; c < columns; ++c) out[c] = tile[c] * factors[r];
  }
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel::detail {

HWY_EXPORT(softmax_of_columns);
HWY_EXPORT(scale_rows);

void softmax_columns(int64_t rows, float scale, float* scores, float* inverse_sums) {
  HWY_DYNAMIC_DISPATCH(softmax_of_columns)(rows, scale, scores, inverse_sums);
}

void scaled_rows(int rows, int columns, const float* tile, const float* factors, float* out,
                 int64_t out_stride) {
  HWY_DYNAMIC_DISPATCH(scale_rows)(rows, columns, tile, factors, out, out_stride);
}

}  // namespace limbeck::nlp::kernel::detail
#endif  // HWY_ONCE
