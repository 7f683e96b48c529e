#pragma once

#include <cstdint>
#include <vector>

#include "nlp/kernel/scratch.h"

/// Products with a constant right side, such as the weights of a linear layer, packed once.
namespace limbeck::nlp::kernel {

/// Arithmetic of the products. Sums are float32 for the first two, exact int32 for int8.
enum class Arithmetic {
  kFloat32,
  kBFloat16,  ///< both sides rounded to bfloat16 (nearest even); AVX512_BF16 where present
  kInt8,  ///< weights: symmetric, one scale an output; rows of x: symmetric, one scale a row; VNNI
          ///< where present
};

enum class Activation { kNone, kGelu, kGeluTanh, kRelu };

/// What happens to x W^T before it is stored: activation(product + bias) + residual.
struct Epilogue {
  const float* bias = nullptr;  ///< (N)
  Activation activation = Activation::kNone;
  const float* residual = nullptr;  ///< (M, N), may be y
  int64_t residual_stride = 0;
};

/// W (N, K), as a linear layer stores it; moved, never copied.
///
/// Law: a row of the result has the same bits whatever other rows are multiplied with it, on any
/// number of threads.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// Packs float32 `weights`, row-major, `stride` elements from row to row.
  /// Throws: ShapeError unless outputs, inputs >= 1 and stride >= inputs.
  PackedMatrix(Arithmetic arithmetic, const float* weights, int64_t outputs, int64_t inputs,
               int64_t stride);

  Arithmetic arithmetic() const { return arithmetic_; }
  int64_t outputs() const { return outputs_; }  ///< N
  int64_t inputs() const { return inputs_; }    ///< K
  int64_t units() const { return units_; }  ///< 32-bit units of a row: K, K / 2 or K / 4 rounded up
  int64_t bytes() const;                    ///< of the packed weights
  const uint32_t* panel(int64_t index) const;             ///< 32 columns, [unit][column]
  const float* scales() const { return scales_.data(); }  ///< int8: (N) padded to 32
  const int32_t* offsets() const {
    return offsets_.data();
  }  ///< int8: 128 * sum of the column, (N) padded to 32

 private:
  void pack_panel(const float* weights, int width, int64_t stride, int64_t first, uint32_t* out);

  Arithmetic arithmetic_ = Arithmetic::kFloat32;
  int64_t outputs_ = 0, inputs_ = 0, units_ = 0;
  Scratch storage_;  ///< panels
  std::vector<float> scales_;
  std::vector<int32_t> offsets_;
};

/// y (M, N) = epilogue(x (M, K) W^T), strides in elements. Uses thread_count() threads unless
/// called inside parallel_for.
void multiply(const PackedMatrix& w, int64_t rows, const float* x, int64_t x_stride,
              const Epilogue& epilogue, float* y, int64_t y_stride);

}  // namespace limbeck::nlp::kernel
