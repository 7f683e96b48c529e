// The LSTM recurrence on packed weights. Included once for each instruction set.
#include "distill/student/kernels.h"
#include "distill/student/product_kernel-inl.h"

#if defined(LIMBECK_STUDENT_LSTM_KERNEL) == defined(HWY_TARGET_TOGGLE)
#ifdef LIMBECK_STUDENT_LSTM_KERNEL
#undef LIMBECK_STUDENT_LSTM_KERNEL
#else
#define LIMBECK_STUDENT_LSTM_KERNEL
#endif

HWY_BEFORE_NAMESPACE();
namespace limbeck::distill::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Beyond this, 1 / (1 + exp(x)) is below 1e-12; three such factors still fit float32.
constexpr float kMostExponent = 28.0f;

/// exp(x) for x clamped to [-28, 28], relative error below 2e-7: x = n ln 2 + r, |r| <= ln 2 / 2, a
/// polynomial of r (the Taylor series up to r^7, remainder r^8 / 8! < 6e-9), then 2^n through the
/// exponent bits.
HWY_INLINE FloatVector exponential(FloatTag d, FloatVector x) {
  x = hn::Min(hn::Max(x, hn::Set(d, -kMostExponent)), hn::Set(d, kMostExponent));
  const IntVector n = hn::NearestInt(hn::Mul(x, hn::Set(d, 1.44269504f)));
  const FloatVector whole = hn::ConvertTo(d, n);
  FloatVector r = hn::NegMulAdd(whole, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(whole, hn::Set(d, -2.12194440e-4f), r);
  FloatVector p = hn::Set(d, 1.0f / 5040);
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 720));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 120));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 24));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 6));
  p = hn::MulAdd(p, r, hn::Set(d, 0.5f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  const IntTag di;
  return hn::Mul(p, hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127)))));
}

/// 1 - 2 / (1 + exp(2 x)): absolute error of some 1e-7.
HWY_INLINE FloatVector hyperbolic_tangent(FloatTag d, FloatVector x) {
  const FloatVector one = hn::Set(d, 1.0f);
  return hn::Sub(one, hn::Div(hn::Set(d, 2.0f), hn::Add(one, exponential(d, hn::Add(x, x)))));
}

/// Scale of the row; its bytes are round(x / scale) + 128.
HWY_INLINE float quantize_row(const float* values, int64_t width, uint8_t* quantized) {
  const FloatTag d;
  const IntTag di;
  const hn::Rebind<uint8_t, FloatTag> bytes;
  FloatVector most = hn::Zero(d);
  for (int64_t j = 0; j < width; j += kLanes)
    most = hn::Max(most, hn::Abs(hn::LoadU(d, values + j)));
  const float largest = hn::GetLane(hn::MaxOfLanes(d, most));
  const FloatVector inverse = hn::Set(d, largest > 0 ? 127.0f / largest : 0.0f);
  for (int64_t j = 0; j < width; j += kLanes) {
    const IntVector q = hn::NearestInt(hn::Mul(hn::LoadU(d, values + j), inverse));
    hn::StoreU(hn::DemoteTo(bytes, hn::Add(q, hn::Set(di, 128))), bytes, quantized + j);
  }
  return largest / 127.0f;
}

/// New cell and hidden state of one vector of units from its four gate sums i, f, g, o:
///   c' = sigmoid(f) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c')
/// with each sum of fractions brought to one denominator, as divisions are slow.
HWY_INLINE void update_units(FloatTag d, const float* gates, bool continued, float* cell,
                             float* output) {
  const FloatVector one = hn::Set(d, 1.0f);
  const auto gate = [&](int g) HWY_ATTR { return hn::Load(d, gates + g * kPanelUnits); };
  const FloatVector twice_g = hn::Add(gate(2), gate(2));
  const FloatVector i = hn::Add(one, exponential(d, hn::Neg(gate(0))));  // 1 / sigmoid
  const FloatVector g = exponential(d, twice_g);                         // tanh = (g - 1) / (g + 1)
  FloatVector upper = hn::Sub(g, one), lower = hn::Mul(i, hn::Add(g, one));
  if (continued) {
    const FloatVector f = hn::Add(one, exponential(d, hn::Neg(gate(1))));
    upper = hn::MulAdd(hn::Load(d, cell), lower, hn::Mul(upper, f));
    lower = hn::Mul(lower, f);
  }
  const FloatVector c = hn::Div(upper, lower);
  hn::Store(c, d, cell);
  const FloatVector o = hn::Add(one, exponential(d, hn::Neg(gate(3))));
  const FloatVector e = exponential(d, hn::Add(c, c));
  hn::StoreU(hn::Div(hn::Sub(e, one), hn::Mul(o, hn::Add(e, one))), d, output);
}

/// The rows of step t: the first `continued` go on from a state, the others start.
HWY_INLINE void update_rows(const LstmDirection& lstm, int64_t t, int64_t continued) {
  const FloatTag d;
  const int64_t hidden = lstm.recurrent->inputs, first = lstm.offsets[t];
  for (int64_t r = 0; r < lstm.offsets[t + 1] - first; ++r) {
    const float* gates = lstm.gates + (first + r) * lstm.recurrent->outputs();
    float* output = lstm.output + (first + r) * lstm.stride;
    for (int64_t unit = 0; unit < hidden; unit += kLanes)
      update_units(d, gates + unit / kPanelUnits * kPanelWidth + unit % kPanelUnits, r < continued,
                   lstm.cell + r * hidden + unit, output + unit);
  }
}

void lstm(const LstmDirection& lstm) {
  const auto steps = static_cast<int64_t>(lstm.offsets.size()) - 1;
  const auto rows_at = [&](int64_t t) { return lstm.offsets[t + 1] - lstm.offsets[t]; };
  const int64_t hidden = lstm.recurrent->inputs;
  const bool in_bytes = lstm.recurrent->precision == nlp::Precision::kInt8;
  int64_t before = -1;
  for (int64_t i = 0; i < steps; ++i) {
    const int64_t t = lstm.reverse ? steps - 1 - i : i;
    ActivationRows states;
    if (before >= 0) {
      states.rows = std::min(rows_at(before), rows_at(t));
      states.values = lstm.output + lstm.offsets[before] * lstm.stride;
      states.stride = in_bytes ? hidden : lstm.stride;
      states.quantized = lstm.quantized;
      states.scale = lstm.scale;
      if (in_bytes)
        for (int64_t r = 0; r < states.rows; ++r)
          lstm.scale[r] =
              quantize_row(states.values + r * lstm.stride, hidden, lstm.quantized + r * hidden);
    }
    if (before >= 0)
      product(*lstm.recurrent, nullptr, states,
              lstm.gates + lstm.offsets[t] * lstm.recurrent->outputs());
    update_rows(lstm, t, states.rows);
    before = t;
  }
}

}  // namespace limbeck::distill::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
