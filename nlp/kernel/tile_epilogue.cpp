#include "nlp/kernel/tile_epilogue.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/tile_epilogue.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "nlp/kernel/activation-inl.h"
// clang-format on

#include "nlp/kernel/panel.h"

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {

template <Activation kActivation, class D>
HWY_INLINE void finish_lanes(D d, const FinishedTile& t, int row, int j) {
  const hn::RebindToSigned<D> di;
  auto value = hn::LoadU(d, reinterpret_cast<const float*>(t.tile) + row * kPanelColumns + j);
  if (t.row_scales != nullptr) {
    const auto sum = hn::Sub(hn::BitCast(di, value), hn::LoadU(di, t.column_offsets + j));
    value = hn::Mul(hn::ConvertTo(d, sum),
                    hn::Mul(hn::Set(d, t.row_scales[row]), hn::LoadU(d, t.column_scales + j)));
  }
  if (t.bias != nullptr) value = hn::Add(value, hn::LoadU(d, t.bias + j));
  if constexpr (kActivation == Activation::kGelu) value = gelu(d, value);
  if constexpr (kActivation == Activation::kGeluTanh) value = gelu_tanh(d, value);
  if constexpr (kActivation == Activation::kRelu) value = relu(d, value);
  if (t.residual != nullptr)
    value = hn::Add(value, hn::LoadU(d, t.residual + row * t.residual_stride + j));
  hn::StoreU(value, d, t.y + row * t.y_stride + j);
}

template <Activation kActivation>
HWY_INLINE void finish_rows(const FinishedTile& t) {
  const hn::CappedTag<float, 16> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int row = 0; row < t.rows; ++row) {
    int j = 0;
    for (; j + lanes <= t.columns; j += lanes) finish_lanes<kActivation>(d, t, row, j);
    for (; j < t.columns; ++j) finish_lanes<kActivation>(hn::CappedTag<float, 1>(), t, row, j);
  }
}

void finish(const FinishedTile& tile) {
  switch (tile.activation) {
    case Activation::kNone:
      return finish_rows<Activation::kNone>(tile);
    case Activation::kGelu:
      return finish_rows<Activation::kGelu>(tile);
    case Activation::kGeluTanh:
      return finish_rows<Activation::kGeluTanh>(tile);
    case Activation::kRelu:
      return finish_rows<Activation::kRelu>(tile);
  }
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel::detail {

HWY_EXPORT(finish);

void finish_tile(const FinishedTile& tile) { HWY_DYNAMIC_DISPATCH(finish)(tile); }

}  // namespace limbeck::nlp::kernel::detail
#endif  // HWY_ONCE
