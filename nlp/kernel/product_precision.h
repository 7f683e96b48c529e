#pragma once

#include "nlp/kernel/packed_matrix.h"

namespace limbeck::nlp::kernel {

/// What float32 matrices are multiplied in by this thread while a model is trained (dense layers,
/// LSTMs): kFloat32, or kBFloat16 while a ScopedProductPrecision says so, which rounds both
/// factors. A backward pass uses that of its forward pass. Weights, gradients, sums are float32 in
/// both.
Arithmetic product_precision();

class ScopedProductPrecision {
 public:
  explicit ScopedProductPrecision(Arithmetic precision);
  ~ScopedProductPrecision();
  ScopedProductPrecision(const ScopedProductPrecision&) = delete;
  ScopedProductPrecision& operator=(const ScopedProductPrecision&) = delete;

 private:
  Arithmetic before_;
};

}  // namespace limbeck::nlp::kernel
