#pragma once

#include <cstdint>

#include "nlp/kernel/scratch.h"

/// The one layout that every product kernel reads, in 32-bit units: one float32, two bfloat16 or
/// four int8 of neighbouring k. The left operand is cut into panels of at most 14 rows stored
/// [unit][row], the right one into panels of 32 columns stored [unit][column] (zero-padded), on
/// every instruction set.
namespace limbeck::nlp::kernel::detail {

constexpr int kPanelColumns = 32;
constexpr int kMostPanelRows =
    14;  ///< 14 x 2 accumulators of 16 lanes, 2 columns and 1 row value: 31 registers

/// Raw products of one row panel and one column panel: tile[r * 32 + c] = sum over units, float32
/// or int32. Strides: units from one unit of k to the next (packed: `rows` and 32).
using TileKernel = void (*)(int rows, int64_t units, const uint32_t* a, int64_t a_stride,
                            const uint32_t* b, int64_t b_stride, uint32_t* tile);

/// Raw products of one row (units of x) and `panels` (1 to 4) column panels that lie `panel_stride`
/// units apart.
using VectorKernel = void (*)(int panels, int64_t units, const uint32_t* x, const uint32_t* b,
                              int64_t panel_stride, uint32_t* sums);

struct ProductKernels {
  TileKernel tile = nullptr;
  VectorKernel vector = nullptr;
};

/// The kernels of the best instruction set of this CPU. `native` false: without VNNI and
/// AVX512_BF16 (for tests). Left 8-bit values are unsigned, right ones signed.
ProductKernels float32_kernels();
ProductKernels bfloat16_kernels(bool native = true);
ProductKernels int8_kernels(bool native = true);
/// Null members where the compiler or the CPU has no such instructions.
ProductKernels avx512_bf16_kernels();
ProductKernels avx512_vnni_kernels();

/// out[u * out_stride + r] = in[r * in_stride + u] for r < rows, u < units.
void interleave_rows(int rows, int64_t units, const uint32_t* in, int64_t in_stride, uint32_t* out,
                     int64_t out_stride);

/// out[u * out_stride + c] = in[u * in_stride + c] for c < columns.
void copy_strip(int columns, int64_t units, const uint32_t* in, int64_t in_stride, uint32_t* out,
                int64_t out_stride);

/// c[r * ldc + j] = alpha * tile[r * 32 + j] + beta * c[r * ldc + j] for j < columns; c is not read
/// when beta is 0.
void write_tile(int rows, int columns, float alpha, const float* tile, float beta, float* c,
                int64_t ldc);

/// Row panels of near-equal height (at most 14) over `rows` rows.
struct RowPanels {
  explicit RowPanels(int64_t row_count)
      : rows(row_count), count((row_count + kMostPanelRows - 1) / kMostPanelRows) {}
  int64_t begin(int64_t panel) const { return rows * panel / count; }
  int height(int64_t panel) const { return static_cast<int>(begin(panel + 1) - begin(panel)); }
  int64_t rows, count;
};

inline int64_t column_panels(int64_t columns) {
  return (columns + kPanelColumns - 1) / kPanelColumns;
}

}  // namespace limbeck::nlp::kernel::detail
