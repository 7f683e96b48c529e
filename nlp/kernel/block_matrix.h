#pragma once

#include <cstdint>
#include <span>

#include "nlp/kernel/packed_matrix.h"
#include "nlp/kernel/scratch.h"

/// Products with weights that stay quantised as a file stores them.
namespace limbeck::nlp::kernel {

/// W (N, K) in blocks of 32 neighbouring inputs: w = scale * code + minimum, codes of 4 or 8 bits,
/// scale and minimum binary16. The types Q4_0, Q4_1 and Q8_0 of GGUF have this form, exactly.
///
/// In a product each 32 values of a row of x are rounded to 8 bits with a scale of their own; the
/// sums of a block are exact in int32, those of the blocks float32.
///
/// Law: a row of the result has the same bits whatever other rows are multiplied with it, on any
/// number of threads.
class BlockMatrix {
 public:
  static constexpr int64_t kBlock = 32;

  BlockMatrix() = default;
  /// All weights are 0. Throws: ShapeError unless bits is 4 or 8 and outputs, inputs >= 1.
  BlockMatrix(int bits, int64_t outputs, int64_t inputs);

  /// Row `row` of W. Different rows may be set by different threads.
  /// Shapes: codes (32 * blocks()), scales and minima (blocks()); codes below 16 when bits() is 4.
  /// Throws: ShapeError when they do not fit.
  void set_row(int64_t row, std::span<const uint8_t> codes, std::span<const uint16_t> scales,
               std::span<const uint16_t> minima);

  int bits() const { return bits_; }
  int64_t outputs() const { return outputs_; }  ///< N
  int64_t inputs() const { return inputs_; }    ///< K
  int64_t blocks() const { return blocks_; }    ///< of a row: K / 32 rounded up
  int64_t bytes() const { return storage_.bytes(); }
  const uint32_t* panel(int64_t index) const;  ///< 32 outputs, see block_tile.h

 private:
  int bits_ = 8;
  int64_t outputs_ = 0, inputs_ = 0, blocks_ = 0;
  Scratch storage_;
  uint32_t* panels_ = nullptr;
};

/// y (M, N) = epilogue(x (M, K) W^T), strides in elements. Uses thread_count() threads unless
/// called inside parallel_for.
void multiply(const BlockMatrix& w, int64_t rows, const float* x, int64_t x_stride,
              const Epilogue& epilogue, float* y, int64_t y_stride);

}  // namespace limbeck::nlp::kernel
