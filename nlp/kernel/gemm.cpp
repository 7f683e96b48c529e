#include "nlp/kernel/gemm.h"

#include <algorithm>

#include "nlp/core/threads.h"
#include "nlp/kernel/panel.h"

namespace limbeck::nlp::kernel {
namespace {

using detail::kPanelColumns;

constexpr int64_t kMostDepth =
    512;  ///< k of one pass: a column panel (64 KiB) streams from the second-level cache
constexpr int64_t kMostRows = 4088;     ///< rows packed at once
constexpr int64_t kMostColumns = 4096;  ///< columns packed at once
constexpr int64_t kTaskPanels =
    12;  ///< row panels of one task: 168 rows x 512 stay in the second-level cache
constexpr int64_t kGrainFlops = 1 << 20;

struct Operand {
  const float* data;
  int64_t stride;
  bool transposed;  ///< a: stored (K, M); b: stored (N, K)
};

const uint32_t* units(const float* values) { return reinterpret_cast<const uint32_t*>(values); }

/// One pass over at most kMostRows x kMostColumns x kMostDepth.
struct Block {
  int64_t row, rows, column, columns, k, depth;
};

void pack_row_panel(const Operand& a, const Block& block, int64_t panel, uint32_t* packed) {
  const detail::RowPanels panels(block.rows);
  const int64_t first = panels.begin(panel);
  const int height = panels.height(panel);
  uint32_t* out = packed + first * block.depth;
  if (a.transposed)
    detail::copy_strip(height, block.depth, units(a.data) + block.k * a.stride + block.row + first,
                       a.stride, out, height);
  else
    detail::interleave_rows(height, block.depth,
                            units(a.data) + (block.row + first) * a.stride + block.k, a.stride, out,
                            height);
}

void pack_column_panel(const Operand& b, const Block& block, int64_t panel, uint32_t* packed) {
  const int64_t first = block.column + panel * kPanelColumns;
  const int width =
      static_cast<int>(std::min<int64_t>(kPanelColumns, block.column + block.columns - first));
  uint32_t* out = packed + panel * kPanelColumns * block.depth;
  if (width < kPanelColumns) std::fill_n(out, kPanelColumns * block.depth, 0u);
  if (b.transposed)
    detail::interleave_rows(width, block.depth, units(b.data) + first * b.stride + block.k,
                            b.stride, out, kPanelColumns);
  else
    detail::copy_strip(width, block.depth, units(b.data) + block.k * b.stride + first, b.stride,
                       out, kPanelColumns);
}

/// How the tiles of a block are dealt out: `row_tasks` x `column_tasks` rectangles, a few for each
/// thread.
struct Tasks {
  Tasks(const Block& block, int threads)
      : row_panels(detail::RowPanels(block.rows).count),
        column_panels(detail::column_panels(block.columns)) {
    row_tasks = (row_panels + kTaskPanels - 1) / kTaskPanels;
    column_tasks = std::clamp<int64_t>((4 * threads + row_tasks - 1) / row_tasks, 1, column_panels);
  }
  int64_t count() const { return row_tasks * column_tasks; }
  int64_t row_panels, column_panels, row_tasks, column_tasks;
};

struct Product {
  Operand a, b;
  float alpha, beta;
  float* c;
  int64_t ldc;
  detail::TileKernel tile_kernel;
};

void compute_task(const Product& product, const Block& block, const Tasks& tasks, int64_t task,
                  const uint32_t* a, const uint32_t* b) {
  alignas(64) uint32_t tile[detail::kMostPanelRows * kPanelColumns];
  const detail::RowPanels panels(block.rows);
  const int64_t row_task = task / tasks.column_tasks, column_task = task % tasks.column_tasks;
  const int64_t row_begin = tasks.row_panels * row_task / tasks.row_tasks;
  const int64_t row_end = tasks.row_panels * (row_task + 1) / tasks.row_tasks;
  const int64_t column_begin = tasks.column_panels * column_task / tasks.column_tasks;
  const int64_t column_end = tasks.column_panels * (column_task + 1) / tasks.column_tasks;
  for (int64_t j = column_begin; j < column_end; ++j) {
    const int width =
        static_cast<int>(std::min<int64_t>(kPanelColumns, block.columns - j * kPanelColumns));
    for (int64_t i = row_begin; i < row_end; ++i) {
      const int64_t first = panels.begin(i);
      product.tile_kernel(panels.height(i), block.depth, a + first * block.depth, panels.height(i),
                          b + j * kPanelColumns * block.depth, kPanelColumns, tile);
      detail::write_tile(
          panels.height(i), width, product.alpha, reinterpret_cast<const float*>(tile),
          product.beta,
          product.c + (block.row + first) * product.ldc + block.column + j * kPanelColumns,
          product.ldc);
    }
  }
}

void multiply_block(const Product& product, const Block& block) {
  static thread_local Scratch scratch_a, scratch_b;
  const Tasks tasks(block, thread_count());
  uint32_t* a = scratch_a.reserve<uint32_t>(block.rows * block.depth);
  uint32_t* b = scratch_b.reserve<uint32_t>(tasks.column_panels * kPanelColumns * block.depth);
  const int64_t flops = 2 * block.rows * block.columns * block.depth;
  const int64_t panels = tasks.row_panels + tasks.column_panels;
  parallel_for(panels, 1 + panels * kGrainFlops / (1 + flops), [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel) {
      if (panel < tasks.row_panels)
        pack_row_panel(product.a, block, panel, a);
      else
        pack_column_panel(product.b, block, panel - tasks.row_panels, b);
    }
  });
  parallel_for(tasks.count(), 1 + tasks.count() * kGrainFlops / (1 + flops),
               [&](int64_t begin, int64_t end) {
                 for (int64_t task = begin; task < end; ++task)
                   compute_task(product, block, tasks, task, a, b);
               });
}

void scale(int64_t m, int64_t n, float beta, float* c, int64_t ldc) {
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) c[i * ldc + j] = beta == 0 ? 0.0f : beta * c[i * ldc + j];
}

}  // namespace

void sgemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
           const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
           int64_t ldc) {
  if (m <= 0 || n <= 0) return;
  if (k <= 0 || alpha == 0) return scale(m, n, beta, c, ldc);
  Product product{{a, lda, transpose_a},         {b, ldb, transpose_b}, alpha, beta, c, ldc,
                  detail::float32_kernels().tile};
  const int64_t passes = (k + kMostDepth - 1) / kMostDepth;
  for (int64_t column = 0; column < n; column += kMostColumns) {
    for (int64_t row = 0; row < m; row += kMostRows) {
      product.beta = beta;
      for (int64_t pass = 0; pass < passes; ++pass, product.beta = 1) {
        const int64_t first = k * pass / passes;
        multiply_block(
            product, {row, std::min(kMostRows, m - row), column, std::min(kMostColumns, n - column),
                      first, k * (pass + 1) / passes - first});
      }
    }
  }
}

}  // namespace limbeck::nlp::kernel
