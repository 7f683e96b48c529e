#include "nlp/kernel/lstm_cell.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/lstm_cell.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "nlp/kernel/activation-inl.h"
// clang-format on

#include "nlp/core/threads.h"

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {

template <class D>
HWY_INLINE void forward_lanes(D d, const LstmForward& s, int64_t row, int64_t j) {
  float* gates = s.gates + row * s.gates_stride + j;
  const auto i = sigmoid(d, hn::LoadU(d, gates)), f = sigmoid(d, hn::LoadU(d, gates + s.hidden));
  const auto g = tanh(d, hn::LoadU(d, gates + 2 * s.hidden)),
             o = sigmoid(d, hn::LoadU(d, gates + 3 * s.hidden));
  auto c = hn::Mul(i, g);
  if (s.cell_before != nullptr)
    c = hn::MulAdd(f, hn::LoadU(d, s.cell_before + row * s.cell_before_stride + j), c);
  const auto squashed = tanh(d, c);
  hn::StoreU(i, d, gates);
  hn::StoreU(f, d, gates + s.hidden);
  hn::StoreU(g, d, gates + 2 * s.hidden);
  hn::StoreU(o, d, gates + 3 * s.hidden);
  hn::StoreU(c, d, s.cell + row * s.cell_stride + j);
  if (s.cell_tanh != nullptr) hn::StoreU(squashed, d, s.cell_tanh + row * s.cell_tanh_stride + j);
  hn::StoreU(hn::Mul(o, squashed), d, s.hidden_state + row * s.hidden_stride + j);
}

/// With dh given and dc' from the later step: dc = dc' + dh o (1 - tanh(c)^2), da_o = dh tanh(c) o
/// (1 - o), da_i = dc g i (1 - i), da_g = dc i (1 - g^2), da_f = dc c_before f (1 - f), dc_before =
/// dc f.
template <class D>
HWY_INLINE void backward_lanes(D d, const LstmBackward& s, int64_t row, int64_t j) {
  const auto one = hn::Set(d, 1.0f);
  const float* gates = s.gates + row * s.gates_stride + j;
  const auto i = hn::LoadU(d, gates), f = hn::LoadU(d, gates + s.hidden);
  const auto g = hn::LoadU(d, gates + 2 * s.hidden), o = hn::LoadU(d, gates + 3 * s.hidden);
  const auto squashed = hn::LoadU(d, s.cell_tanh + row * s.cell_tanh_stride + j);
  const auto dh = hn::LoadU(d, s.hidden_gradient + row * s.hidden_gradient_stride + j);
  float* cell_gradient = s.cell_gradient + row * s.cell_gradient_stride + j;
  const auto dc = hn::MulAdd(hn::Mul(dh, o), hn::NegMulAdd(squashed, squashed, one),
                             hn::LoadU(d, cell_gradient));
  auto before = hn::Zero(d);
  if (s.cell_before != nullptr)
    before = hn::LoadU(d, s.cell_before + row * s.cell_before_stride + j);
  float* out = s.gates_gradient + row * s.gates_gradient_stride + j;
  hn::StoreU(hn::Mul(hn::Mul(dc, g), hn::NegMulAdd(i, i, i)), d, out);
  hn::StoreU(hn::Mul(hn::Mul(dc, before), hn::NegMulAdd(f, f, f)), d, out + s.hidden);
  hn::StoreU(hn::Mul(hn::Mul(dc, i), hn::NegMulAdd(g, g, one)), d, out + 2 * s.hidden);
  hn::StoreU(hn::Mul(hn::Mul(dh, squashed), hn::NegMulAdd(o, o, o)), d, out + 3 * s.hidden);
  hn::StoreU(hn::Mul(dc, f), d, cell_gradient);
}

void forward_rows(const LstmForward& step, int64_t begin, int64_t end) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one_lane;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t row = begin; row < end; ++row) {
    int64_t j = 0;
    for (; j + lanes <= step.hidden; j += lanes) forward_lanes(d, step, row, j);
    for (; j < step.hidden; ++j) forward_lanes(one_lane, step, row, j);
  }
}

void backward_rows(const LstmBackward& step, int64_t begin, int64_t end) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one_lane;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t row = begin; row < end; ++row) {
    int64_t j = 0;
    for (; j + lanes <= step.hidden; j += lanes) backward_lanes(d, step, row, j);
    for (; j < step.hidden; ++j) backward_lanes(one_lane, step, row, j);
  }
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel {
namespace detail {
namespace {

constexpr int64_t kGrainElements = 8192;  ///< about 15 microseconds of one core

HWY_EXPORT(forward_rows);
HWY_EXPORT(backward_rows);

}  // namespace
}  // namespace detail

void lstm_cell_forward(const LstmForward& step) {
  using namespace detail;
  if (step.hidden <= 0) return;
  parallel_for(step.batch, (kGrainElements + step.hidden - 1) / step.hidden,
               [&](int64_t begin, int64_t end) {
                 HWY_DYNAMIC_DISPATCH(forward_rows)(step, begin, end);
               });
}

void lstm_cell_backward(const LstmBackward& step) {
  using namespace detail;
  if (step.hidden <= 0) return;
  parallel_for(step.batch, (kGrainElements + step.hidden - 1) / step.hidden,
               [&](int64_t begin, int64_t end) {
                 HWY_DYNAMIC_DISPATCH(backward_rows)(step, begin, end);
               });
}

}  // namespace limbeck::nlp::kernel
#endif  // HWY_ONCE
