#include "nlp/model/lstm_gates.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/model/lstm_gates.cpp"
#include <hwy/foreach_target.h>
// The order matters: foreach_target first.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(x))));
}

/// 1 - 2 / (1 + exp(2 x)): absolute error of some 1e-7, and exact limits.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V hyperbolic_tangent(D d, V x) {
  const V one = hn::Set(d, 1.0f), two = hn::Set(d, 2.0f);
  return hn::Sub(one, hn::Div(two, hn::Add(one, hn::Exp(d, hn::Add(x, x)))));
}

/// Units j .. j + Lanes(d) - 1 of one row.
template <class D>
HWY_INLINE void forward_units(D d, const LstmGatesForward& s, int64_t row, int64_t j) {
  const int64_t h = s.hidden;
  float* gates = s.gates + row * 4 * h + j;
  const float* bias = s.bias + j;
  const auto biased = [&](int64_t at) {
    return hn::Add(hn::LoadU(d, gates + at), hn::LoadU(d, bias + at));
  };
  const auto i = sigmoid(d, biased(0));
  const auto f = sigmoid(d, biased(h));
  const auto g = hyperbolic_tangent(d, biased(2 * h));
  const auto o = sigmoid(d, biased(3 * h));
  auto c = hn::Mul(i, g);
  if (row < s.continued_rows) c = hn::MulAdd(f, hn::LoadU(d, s.cell_before + row * h + j), c);
  const auto c_tanh = hyperbolic_tangent(d, c);
  hn::StoreU(i, d, gates);
  hn::StoreU(f, d, gates + h);
  hn::StoreU(g, d, gates + 2 * h);
  hn::StoreU(o, d, gates + 3 * h);
  hn::StoreU(c, d, s.cell + row * h + j);
  hn::StoreU(c_tanh, d, s.cell_tanh + row * h + j);
  hn::StoreU(hn::Mul(o, c_tanh), d, s.output + row * s.output_stride + j);
}

/// With dh = dL/dh and dc = dL/dc + dh * o * (1 - tanh(c)^2): the chain rule through each
/// activation.
template <class D>
HWY_INLINE void backward_units(D d, const LstmGatesBackward& s, int64_t row, int64_t j) {
  const int64_t h = s.hidden;
  const float* gates = s.gates + row * 4 * h + j;
  const auto one = hn::Set(d, 1.0f);
  const auto i = hn::LoadU(d, gates), f = hn::LoadU(d, gates + h);
  const auto g = hn::LoadU(d, gates + 2 * h), o = hn::LoadU(d, gates + 3 * h);
  const auto c_tanh = hn::LoadU(d, s.cell_tanh + row * h + j);
  float* cell_gradient = s.cell_gradient + row * h + j;
  auto dh = hn::LoadU(d, s.output_gradient + row * s.output_stride + j);
  auto dc = hn::Zero(d);
  if (row < s.later_rows) {
    dh = hn::Add(dh, hn::LoadU(d, s.state_gradient + row * h + j));
    dc = hn::LoadU(d, cell_gradient);
  }
  dc = hn::MulAdd(hn::Mul(dh, o), hn::NegMulAdd(c_tanh, c_tanh, one), dc);
  auto df = hn::Zero(d);
  if (row < s.continued_rows)
    df = hn::Mul(hn::Mul(dc, hn::LoadU(d, s.cell_before + row * h + j)),
                 hn::Mul(f, hn::Sub(one, f)));
  const auto di = hn::Mul(hn::Mul(dc, g), hn::Mul(i, hn::Sub(one, i)));
  const auto dg = hn::Mul(hn::Mul(dc, i), hn::NegMulAdd(g, g, one));
  const auto d_o = hn::Mul(hn::Mul(dh, c_tanh), hn::Mul(o, hn::Sub(one, o)));
  hn::StoreU(hn::Mul(dc, f), d, cell_gradient);
  float* gradient = s.gate_gradient + row * 4 * h + j;
  float* bias = s.bias_gradient + j;
  const auto emit = [&](int64_t at, auto value) {
    hn::StoreU(value, d, gradient + at);
    hn::StoreU(hn::Add(hn::LoadU(d, bias + at), value), d, bias + at);
  };
  emit(0, di);
  emit(h, df);
  emit(2 * h, dg);
  emit(3 * h, d_o);
}

/// Whole vectors, then what is left of the width one by one.
template <class Step, class Units>
HWY_INLINE void for_units(const Step& step, const Units& units) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> single;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t whole = step.hidden / lanes * lanes;
  for (int64_t row = 0; row < step.rows; ++row) {
    for (int64_t j = 0; j < whole; j += lanes) units(d, row, j);
    for (int64_t j = whole; j < step.hidden; ++j) units(single, row, j);
  }
}

void forward(const LstmGatesForward& step) {
  for_units(step, [&](auto d, int64_t row, int64_t j) HWY_ATTR { forward_units(d, step, row, j); });
}

void backward(const LstmGatesBackward& step) {
  for_units(step,
            [&](auto d, int64_t row, int64_t j) HWY_ATTR { backward_units(d, step, row, j); });
}

}  // namespace limbeck::nlp::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::detail {

HWY_EXPORT(forward);
HWY_EXPORT(backward);

void lstm_gates_forward(const LstmGatesForward& step) { HWY_DYNAMIC_DISPATCH(forward)(step); }
void lstm_gates_backward(const LstmGatesBackward& step) { HWY_DYNAMIC_DISPATCH(backward)(step); }

}  // namespace limbeck::nlp::detail
#endif
