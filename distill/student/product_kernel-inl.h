// One tile of a product: a few rows of activations times one or two panels of weights, all sums in
// registers. Included once for each instruction set.
#include <cstring>

#include "distill/student/kernels.h"

#if defined(LIMBECK_STUDENT_PRODUCT_KERNEL) == defined(HWY_TARGET_TOGGLE)
#ifdef LIMBECK_STUDENT_PRODUCT_KERNEL
#undef LIMBECK_STUDENT_PRODUCT_KERNEL
#else
#define LIMBECK_STUDENT_PRODUCT_KERNEL
#endif

HWY_BEFORE_NAMESPACE();
namespace limbeck::distill::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Four groups of at most sixteen lanes make a panel's width, or a part of it on narrower machines.
using FloatTag = hn::CappedTag<float, 16>;
using IntTag = hn::RebindToSigned<FloatTag>;
using FloatVector = hn::Vec<FloatTag>;
using IntVector = hn::Vec<IntTag>;
constexpr int64_t kLanes = static_cast<int64_t>(HWY_LANES(float) < 16 ? HWY_LANES(float) : 16);

/// Rows of the largest tile: its 4 * rows sums, 4 weights and 1 activation fill the registers.
constexpr int kMostRows = HWY_TARGET <= HWY_AVX3 && HWY_ARCH_X86 ? 6 : 2;

HWY_INLINE FloatVector load_weight(const float* at) { return hn::Load(FloatTag(), at); }
HWY_INLINE FloatVector load_weight(const uint16_t* at) {
  const hn::Rebind<uint16_t, FloatTag> half;
  const hn::RebindToUnsigned<FloatTag> whole;
  return hn::BitCast(FloatTag(), hn::ShiftLeft<16>(hn::PromoteTo(whole, hn::LoadU(half, at))));
}

/// sums[row][4 * panel + group] += activations * weights, inputs in order: the same order for every
/// tile size.
template <int kRows, int kPanels, class Weight>
HWY_INLINE void multiply(const Weight* HWY_RESTRICT panel, int64_t inputs, const float* activations,
                         int64_t stride, FloatVector (&sums)[kRows][4 * kPanels]) {
  const FloatTag d;
  const int64_t panel_size = inputs * kPanelWidth;
  for (int64_t k = 0; k < inputs; ++k) {
    FloatVector weight[4 * kPanels];
    for (int g = 0; g < 4 * kPanels; ++g)
      weight[g] =
          load_weight(panel + (g / 4) * panel_size + k * kPanelWidth + (g % 4) * kPanelUnits);
    for (int r = 0; r < kRows; ++r) {
      const FloatVector activation = hn::Set(d, activations[r * stride + k]);
      for (int g = 0; g < 4 * kPanels; ++g)
        sums[r][g] = hn::MulAdd(activation, weight[g], sums[r][g]);
    }
  }
}

/// sum + the four products of bytes in each 32-bit lane; exact.
HWY_INLINE IntVector byte_products(IntVector sum, IntVector activation, IntVector weight) {
  const IntTag d;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
  // Highway 1.0 leaves VNNI out of this target's flags, though the processors that it chooses have
  // it.
  asm("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(activation.raw), "v"(weight.raw));
  return sum;
#elif HWY_ARCH_X86
  // Even and odd bytes as 16-bit values; two of their products always fit 32 bits.
  const hn::Repartition<int16_t, IntTag> d16;
  const auto weights = hn::BitCast(d16, weight);
  const auto even = hn::ShiftRight<8>(hn::ShiftLeft<8>(weights)), odd = hn::ShiftRight<8>(weights);
  const auto low = hn::BitCast(d16, hn::And(activation, hn::Set(d, 0x00ff00ff)));
  const hn::RebindToUnsigned<IntTag> unsigned_d;
  const auto high = hn::BitCast(
      d16, hn::And(hn::BitCast(d, hn::ShiftRight<8>(hn::BitCast(unsigned_d, activation))),
                   hn::Set(d, 0x00ff00ff)));
  IntVector unused = hn::Zero(d);
  sum = hn::ReorderWidenMulAccumulate(d, even, low, sum, unused);
  return hn::ReorderWidenMulAccumulate(d, odd, high, sum, unused);
#else
  const IntVector byte = hn::Set(d, 0xff);
  sum = hn::Add(sum,
                hn::Mul(hn::ShiftRight<24>(hn::ShiftLeft<24>(weight)), hn::And(activation, byte)));
  sum = hn::Add(sum, hn::Mul(hn::ShiftRight<24>(hn::ShiftLeft<16>(weight)),
                             hn::And(hn::ShiftRight<8>(activation), byte)));
  sum = hn::Add(sum, hn::Mul(hn::ShiftRight<24>(hn::ShiftLeft<8>(weight)),
                             hn::And(hn::ShiftRight<16>(activation), byte)));
  return hn::Add(
      sum, hn::Mul(hn::ShiftRight<24>(weight), hn::And(hn::ShiftRight<24>(activation), byte)));
#endif
}

template <int kRows, int kPanels>
HWY_INLINE void multiply_bytes(const int8_t* HWY_RESTRICT panel, int64_t inputs,
                               const uint8_t* activations, int64_t stride,
                               IntVector (&sums)[kRows][4 * kPanels]) {
  const IntTag d;
  const hn::Repartition<int8_t, IntTag> bytes;
  const int64_t panel_size = inputs * kPanelWidth;
  for (int64_t k = 0; k < inputs; k += 4) {
    IntVector weight[4 * kPanels];
    for (int g = 0; g < 4 * kPanels; ++g)
      weight[g] = hn::BitCast(d, hn::Load(bytes, panel + (g / 4) * panel_size + k * kPanelWidth +
                                                     (g % 4) * kPanelUnits * 4));
    for (int r = 0; r < kRows; ++r) {
      int32_t four;
      std::memcpy(&four, activations + r * stride + k, sizeof(four));
      const IntVector activation = hn::Set(d, four);
      for (int g = 0; g < 4 * kPanels; ++g)
        sums[r][g] = byte_products(sums[r][g], activation, weight[g]);
    }
  }
}

/// sums += product of a tile whose first output is `output` (the part of a panel where a vector of
/// each group stands).
template <int kRows, int kPanels>
HWY_INLINE void accumulate(const PanelWeights& weights, const ActivationRows& input, int64_t row,
                           int64_t output, FloatVector (&sums)[kRows][4 * kPanels]) {
  const FloatTag d;
  const IntTag di;
  const int64_t panel = output / kPanelWidth, lane = output % kPanelWidth;
  const int64_t begin = panel * weights.inputs * kPanelWidth;
  if (weights.precision == nlp::Precision::kFloat32)
    return multiply<kRows, kPanels>(weights.float32.get() + begin + lane, weights.inputs,
                                    input.values + row * input.stride, input.stride, sums);
  if (weights.precision == nlp::Precision::kBFloat16)
    return multiply<kRows, kPanels>(weights.bfloat16.get() + begin + lane, weights.inputs,
                                    input.values + row * input.stride, input.stride, sums);
  IntVector counts[kRows][4 * kPanels];
  for (int r = 0; r < kRows; ++r)
    for (int g = 0; g < 4 * kPanels; ++g) counts[r][g] = hn::Zero(di);
  multiply_bytes<kRows, kPanels>(weights.int8.get() + begin + lane * 4, weights.inputs,
                                 input.quantized + row * input.stride, input.stride, counts);
  for (int g = 0; g < 4 * kPanels; ++g) {
    const int64_t at = output + (g / 4) * kPanelWidth + (g % 4) * kPanelUnits;
    const auto correction = hn::LoadU(di, weights.correction.data() + at);
    const auto scale = hn::LoadU(d, weights.scale.data() + at);
    for (int r = 0; r < kRows; ++r)
      sums[r][g] = hn::MulAdd(hn::ConvertTo(d, hn::Sub(counts[r][g], correction)),
                              hn::Mul(scale, hn::Set(d, input.scale[row + r])), sums[r][g]);
  }
}

/// out += product, or bias + product when there is a bias.
struct ProductCall {
  const PanelWeights& weights;
  const float* bias;
  const ActivationRows& input;
  float* out;

  template <int kRows, int kPanels>
  HWY_INLINE void tile(int64_t row, int64_t panel) const {
    const FloatTag d;
    for (int64_t lane = 0; lane < kPanelUnits; lane += kLanes) {
      const int64_t output = panel * kPanelWidth + lane;
      FloatVector sums[kRows][4 * kPanels];
      for (int g = 0; g < 4 * kPanels; ++g)
        for (int r = 0; r < kRows; ++r)
          sums[r][g] = hn::LoadU(
              d, (bias ? bias : out + (row + r) * weights.outputs()) + output + g * kPanelUnits);
      accumulate<kRows, kPanels>(weights, input, row, output, sums);
      for (int r = 0; r < kRows; ++r)
        for (int g = 0; g < 4 * kPanels; ++g)
          hn::StoreU(sums[r][g], d, out + (row + r) * weights.outputs() + output + g * kPanelUnits);
    }
  }

  HWY_INLINE void all_rows(int64_t panel) const {
    int64_t row = 0;
    if constexpr (kMostRows >= 6) {
      for (; input.rows - row >= 6; row += 6) tile<6, 1>(row, panel);
      for (; input.rows - row >= 4; row += 4) tile<4, 1>(row, panel);
    }
    for (; input.rows - row >= 2; row += 2) tile<2, 1>(row, panel);
    if (input.rows - row == 1) tile<1, 1>(row, panel);
  }
};

void product(const PanelWeights& weights, const float* bias, const ActivationRows& input,
             float* out) {
  const ProductCall call{weights, bias, input, out};
  int64_t panel = 0;
  // A single row: eight independent sums hide the latency of the additions.
  if (input.rows == 1)
    for (; panel + 2 <= weights.panels; panel += 2) call.tile<1, 2>(0, panel);
  for (; panel < weights.panels; ++panel) call.all_rows(panel);
}

}  // namespace limbeck::distill::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard
