#pragma once

#include <cstdint>
#include <span>

#include "distill/student/panel_weights.h"

/// The student's hot loops, compiled for each instruction set and chosen at run time. All run on
/// the calling thread, and a row's result does not depend on the other rows, bit for bit.
namespace limbeck::distill::detail {

/// Rows of activations: float values, or for int8 weights bytes q with value = (q - 128) * scale of
/// the row.
struct ActivationRows {
  int64_t rows = 0;
  int64_t stride = 0;  ///< elements between rows
  const float* values = nullptr;
  const uint8_t* quantized = nullptr;
  const float* scale = nullptr;
};

/// out (rows, weights.outputs()) = bias + activations * weights^T; without a bias, the product is
/// added to `out`.
void panel_product(const PanelWeights& weights, const float* bias, const ActivationRows& input,
                   float* out);

/// Quantises each row by its largest magnitude: q = round(x * 127 / max) + 128. `width` is a
/// multiple of 16.
void quantize_rows(const float* values, int64_t stride, int64_t rows, int64_t width,
                   uint8_t* quantized, float* scale);

/// One LSTM direction over time-major rows: step t holds rows offsets[t] .. offsets[t + 1] - 1, one
/// a sentence, longest sentences first, so that the sentences of step t + 1 are the first ones of
/// step t.
struct LstmDirection {
  std::span<const int64_t> offsets;  ///< steps + 1
  bool reverse = false;
  const PanelWeights* recurrent = nullptr;
  float* gates = nullptr;   ///< (rows, recurrent->outputs()): bias + input product; overwritten,
                            ///< 64-byte aligned
  float* output = nullptr;  ///< (rows, stride): the hidden states
  int64_t stride = 0;
  float* cell = nullptr;         ///< scratch (most rows of a step, recurrent->inputs)
  uint8_t* quantized = nullptr;  ///< scratch of the same shape, int8 only
  float* scale = nullptr;        ///< scratch (most rows of a step), int8 only
};
void run_lstm(const LstmDirection& direction);

/// scores (rows) = sum over units of weight * tanh(rows' values); `width` is a multiple of 16.
void tanh_scores(const float* values, int64_t rows, int64_t width, const float* weight,
                 float* scores);

/// Name of the instruction set that the kernels use here, such as "AVX3_DL".
const char* kernel_target();

}  // namespace limbeck::distill::detail
