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

/// exp(x) for x clamped to [-87, 87], relative error below 2e-7: x = n ln 2 + r, |r| <= ln 2 / 2, a
/// polynomial of r (the Taylor series up to r^7, remainder r^8 / 8! < 6e-9), then 2^n through the
/// exponent bits.
HWY_INLINE FloatVector exponential(FloatTag d, FloatVector x) {
  x = hn::Min(hn::Max(x, hn::Set(d, -87.0f)), hn::Set(d, 87.0f));
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

HWY_INLINE FloatVector sigmoid(FloatTag d, FloatVector x) {
  const FloatVector one = hn::Set(d, 1.0f);
  return hn::Div(one, hn::Add(one, exponential(d, hn::Neg(x))));
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

/// New cell and hidden state of one vector of units from the four gate sums (i, f, g, o).
HWY_INLINE void update_units(FloatTag d, const FloatVector* sums, bool continued, float* cell,
                             float* output) {
  FloatVector c = hn::Mul(sigmoid(d, sums[0]), hyperbolic_tangent(d, sums[2]));
  if (continued) c = hn::MulAdd(sigmoid(d, sums[1]), hn::Load(d, cell), c);
  hn::Store(c, d, cell);
  hn::StoreU(hn::Mul(sigmoid(d, sums[3]), hyperbolic_tangent(d, c)), d, output);
}

/// The rows of one step: the first `before.rows` go on from the states `before`, the others start.
struct LstmStep {
  const LstmDirection& lstm;
  ActivationRows before;
  int64_t first_row;

  template <int kRows, int kPanels, bool kContinued>
  HWY_INLINE void tile(int64_t row, int64_t panel) const {
    const FloatTag d;
    const PanelWeights& weights = *lstm.recurrent;
    for (int64_t lane = 0; lane < kPanelUnits; lane += kLanes) {
      const int64_t at = panel * kPanelWidth + lane;
      FloatVector sums[kRows][4 * kPanels];
      for (int r = 0; r < kRows; ++r)
        for (int g = 0; g < 4 * kPanels; ++g)
          sums[r][g] = hn::LoadU(
              d, lstm.gates + (first_row + row + r) * weights.outputs() + at + g * kPanelUnits);
      if constexpr (kContinued) accumulate<kRows, kPanels>(weights, before, row, at, sums);
      for (int r = 0; r < kRows; ++r)
        for (int p = 0; p < kPanels; ++p) {
          const int64_t unit = (panel + p) * kPanelUnits + lane;
          update_units(d, &sums[r][4 * p], kContinued,
                       lstm.cell + (row + r) * weights.inputs + unit,
                       lstm.output + (first_row + row + r) * lstm.stride + unit);
        }
    }
  }
};

struct ContinuedTile {
  const LstmStep& step;
  int64_t panel;
  template <int kRows>
  HWY_INLINE void operator()(int64_t row) const {
    step.tile<kRows, 1, true>(row, panel);
  }
};

HWY_INLINE void run_step(const LstmStep& step, int64_t rows) {
  const int64_t panels = step.lstm.recurrent->panels;
  if (step.before.rows == 1) {
    // Two panels at once: eight independent sums hide the latency of a single row.
    int64_t panel = 0;
    for (; panel + 2 <= panels; panel += 2) step.tile<1, 2, true>(0, panel);
    if (panel < panels) step.tile<1, 1, true>(0, panel);
  } else {
    for (int64_t panel = 0; panel < panels; ++panel)
      for_row_blocks(step.before.rows, ContinuedTile{step, panel});
  }
  for (int64_t row = step.before.rows; row < rows; ++row)
    for (int64_t panel = 0; panel < panels; ++panel) step.tile<1, 1, false>(row, panel);
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
    run_step(LstmStep{lstm, states, lstm.offsets[t]}, rows_at(t));
    before = t;
  }
}

}  // namespace limbeck::distill::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
