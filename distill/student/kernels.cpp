// AVX3_DL has the byte dot products; the sizeless vectors of SVE and RVV cannot stand in arrays,
// NEON serves there.
#define HWY_WANT_AVX3_DL
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

#include "distill/student/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "distill/student/kernels.cpp"
#include <hwy/foreach_target.h>
// The order matters: foreach_target first.
#include <hwy/highway.h>

#include "distill/student/lstm_kernel-inl.h"
#include "distill/student/product_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace limbeck::distill::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void quantize_all(const float* values, int64_t stride, int64_t rows, int64_t width,
                  uint8_t* quantized, float* scale) {
  for (int64_t r = 0; r < rows; ++r)
    scale[r] = quantize_row(values + r * stride, width, quantized + r * width);
}

void score_all(const float* values, int64_t rows, int64_t width, const float* weight,
               float* scores) {
  const FloatTag d;
  for (int64_t r = 0; r < rows; ++r) {
    auto sum = hn::Zero(d);
    for (int64_t j = 0; j < width; j += kLanes)
      sum = hn::MulAdd(hyperbolic_tangent(d, hn::LoadU(d, values + r * width + j)),
                       hn::LoadU(d, weight + j), sum);
    scores[r] = hn::GetLane(hn::SumOfLanes(d, sum));
  }
}

const char* target_name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace limbeck::distill::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::distill::detail {

HWY_EXPORT(product);
HWY_EXPORT(lstm);
HWY_EXPORT(quantize_all);
HWY_EXPORT(score_all);
HWY_EXPORT(target_name);

void panel_product(const PanelWeights& weights, const float* bias, const ActivationRows& input,
                   float* out) {
  HWY_DYNAMIC_DISPATCH(product)(weights, bias, input, out);
}

void run_lstm(const LstmDirection& direction) { HWY_DYNAMIC_DISPATCH(lstm)(direction); }

void quantize_rows(const float* values, int64_t stride, int64_t rows, int64_t width,
                   uint8_t* quantized, float* scale) {
  HWY_DYNAMIC_DISPATCH(quantize_all)(values, stride, rows, width, quantized, scale);
}

void tanh_scores(const float* values, int64_t rows, int64_t width, const float* weight,
                 float* scores) {
  HWY_DYNAMIC_DISPATCH(score_all)(values, rows, width, weight, scores);
}

const char* kernel_target() { return HWY_DYNAMIC_DISPATCH(target_name)(); }

}  // namespace limbeck::distill::detail
#endif
