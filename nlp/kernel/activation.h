#pragma once

#include <span>

/// Activation functions over spans, vectorised for the CPU at hand, on the calling thread. `out`
/// has the size of `in` and may be the same memory. NaN gives NaN. Bounds are measured over a dense
/// sweep of floats against float64 (tests).
namespace limbeck::nlp::kernel {

void exp(std::span<const float> in, std::span<float> out);  ///< <= 2 ulp; overflow gives infinity
void sigmoid(std::span<const float> in,
             std::span<float> out);  ///< <= 4 ulp while the result is a normal number above 1e-38
void tanh(std::span<const float> in, std::span<float> out);  ///< <= 4 ulp
void gelu(std::span<const float> in,
          std::span<float> out);  ///< erf form; error <= 8e-7 + 1e-6 |result|
void gelu_tanh(std::span<const float> in,
               std::span<float> out);  ///< tanh form; error <= 1e-6 * max(1, |x|)
void relu(std::span<const float> in, std::span<float> out);

}  // namespace limbeck::nlp::kernel
