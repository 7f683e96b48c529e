#pragma once

#include <cstdint>

namespace limbeck::nlp::kernel {

/// y = gate * sigmoid(gate) * up over rows of `width` values, where row r holds the gate at
/// x + r * x_stride and `up` just behind it; y may be the gate's memory. On the calling thread.
/// Source: Shazeer 2020, eq. 5 (SwiGLU).
void swiglu(int64_t rows, int64_t width, const float* x, int64_t x_stride, float* y,
            int64_t y_stride);

/// Rotary position embedding of one vector of `head_width` values: the pairs (i, i + half) for
/// i < half = rotated / 2 turn by the angle whose cosine and sine stand at i.
/// Source: Su et al. 2021, eq. 34, with the pairs of the first and the second half.
void rotate_halves(int64_t half, const float* cosine, const float* sine, float* x);

}  // namespace limbeck::nlp::kernel
