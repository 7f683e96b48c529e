#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace limbeck::nlp {

/// Seeds LibTorch's default CPU generator and gives it its former state back at the end, so that
/// dropout inside modules is a pure function of the seed and nobody else's numbers change.
class ScopedDefaultSeed {
 public:
  explicit ScopedDefaultSeed(uint64_t seed);
  ~ScopedDefaultSeed();
  ScopedDefaultSeed(const ScopedDefaultSeed&) = delete;
  ScopedDefaultSeed& operator=(const ScopedDefaultSeed&) = delete;

 private:
  at::Tensor former_state_;
};

}  // namespace limbeck::nlp
