#include "nlp/kernel/softmax_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/softmax_rows.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "nlp/kernel/activation-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {

float softmax_of_row(int64_t length, int64_t padded, float scale, float* scores) {
  const hn::CappedTag<float, 16> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto lowest = hn::Set(d, -3.0e38f);
  const auto score = [&](int64_t i) HWY_ATTR {
    const auto value = hn::LoadU(d, scores + i);
    if (i + lanes <= length) return value;
    return hn::IfThenElse(hn::FirstN(d, static_cast<size_t>(length - i)), value, lowest);
  };
  auto most = lowest;
  for (int64_t i = 0; i < length; i += lanes) most = hn::Max(most, score(i));
  most = hn::MaxOfLanes(d, most);
  const auto factor = hn::Set(d, scale);
  auto sum = hn::Zero(d);
  for (int64_t i = 0; i < length; i += lanes) {
    const auto value = exp_of_nonpositive(d, hn::Mul(hn::Sub(score(i), most), factor));
    sum = hn::Add(sum, value);
    hn::StoreU(value, d, scores + i);
  }
  for (int64_t i = (length + lanes - 1) / lanes * lanes; i < padded; i += lanes)
    hn::StoreU(hn::Zero(d), d, scores + i);
  return 1.0f / hn::GetLane(hn::SumOfLanes(d, sum));
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel::detail {

HWY_EXPORT(softmax_of_row);

float softmax_row(int64_t length, int64_t padded, float scale, float* scores) {
  return HWY_DYNAMIC_DISPATCH(softmax_of_row)(length, padded, scale, scores);
}

}  // namespace limbeck::nlp::kernel::detail
#endif  // HWY_ONCE
