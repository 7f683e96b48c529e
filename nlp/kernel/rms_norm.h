#pragma once

#include <cstdint>

namespace limbeck::nlp::kernel {

/// y = x / sqrt(mean(x^2) + epsilon) * gain over each row of `width` values; y may be x. On the
/// calling thread.
/// Source: Zhang & Sennrich 2019, eq. 4.
void rms_norm(int64_t rows, int64_t width, const float* x, int64_t x_stride, const float* gain,
              float epsilon, float* y, int64_t y_stride);

}  // namespace limbeck::nlp::kernel
