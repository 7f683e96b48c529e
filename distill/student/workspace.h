#pragma once

#include <hwy/aligned_allocator.h>

#include <cstdint>

#include "distill/student/kernels.h"

namespace limbeck::distill::detail {

/// Aligned memory that only grows: fresh pages cost more than a sentence's arithmetic.
template <class T>
class GrowingBuffer {
 public:
  /// At least `count` elements; their values are unspecified.
  T* at_least(int64_t count) {
    if (count > capacity_) {
      memory_ = hwy::AllocateAligned<T>(static_cast<size_t>(count));
      capacity_ = count;
    }
    return memory_.get();
  }

 private:
  hwy::AlignedFreeUniquePtr<T[]> memory_;
  int64_t capacity_ = 0;
};

/// Rows quantised for one product.
class Bytes {
 public:
  ActivationRows quantize(const float* values, int64_t stride, int64_t rows, int64_t width) {
    reserve(rows, width);
    quantize_rows(values, stride, rows, width, quantized_.at_least(0), scale_.at_least(0));
    return view(rows, width);
  }
  void reserve(int64_t rows, int64_t width) {
    quantized_.at_least(rows * width);
    scale_.at_least(rows);
  }
  ActivationRows view(int64_t rows, int64_t width) {
    return {rows, width, nullptr, quantized_.at_least(0), scale_.at_least(0)};
  }
  uint8_t* quantized() { return quantized_.at_least(0); }
  float* scale() { return scale_.at_least(0); }

 private:
  GrowingBuffer<uint8_t> quantized_;
  GrowingBuffer<float> scale_;
};

/// Scratch memory of one thread.
struct Workspace {
  GrowingBuffer<float> input, states[2], gates, cell, pooled, dense, scores, out;
  Bytes input_bytes, state_bytes;
};

/// This thread's workspace.
Workspace& workspace();

}  // namespace limbeck::distill::detail
