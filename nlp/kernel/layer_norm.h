#pragma once

#include <cstdint>

namespace limbeck::nlp::kernel {

/// y = (x - mean) / sqrt(variance + epsilon) * gain + bias over each row of `width` values, the
/// variance without Bessel's correction; y may be x. On the calling thread.
/// Source: Ba, Kiros & Hinton 2016, eq. 4.
void layer_norm(int64_t rows, int64_t width, const float* x, int64_t x_stride, const float* gain,
                const float* bias, float epsilon, float* y, int64_t y_stride);

}  // namespace limbeck::nlp::kernel
