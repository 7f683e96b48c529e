#include "nlp/kernel/block_matrix.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/kernel/block_tile.h"
#include "nlp/kernel/panel.h"
#include "nlp/kernel/tile_epilogue.h"
#include "nlp/kernel/tile_tasks.h"

namespace limbeck::nlp::kernel {
namespace {

using detail::kBlockUnits;
using detail::kMostPanelRows;
using detail::kPanelColumns;
using detail::RowPanels;
using detail::TileTasks;

constexpr int64_t kMostRows = 4088;
constexpr int64_t kGrainUnits = 1 << 19;

/// The left operand of one product, quantised: [panel][block][...][row].
struct LeftOperand {
  LeftOperand(const BlockMatrix& w, int64_t rows) : panels(rows), blocks(w.blocks()) {
    static thread_local Scratch unit_memory, scale_memory, sum_memory;
    units = unit_memory.reserve<uint32_t>(rows * blocks * kBlockUnits);
    scales = scale_memory.reserve<float>(rows * blocks);
    sums = sum_memory.reserve<float>(rows * blocks);
  }
  detail::BlockRows panel(int64_t index) const {
    const int64_t first = panels.begin(index) * blocks;
    return {panels.height(index), units + first * kBlockUnits, scales + first, sums + first};
  }
  RowPanels panels;
  int64_t blocks;
  uint32_t* units;
  float *scales, *sums;
};

/// Quantises the rows of one panel and stores them interleaved.
void pack_panel(const BlockMatrix& w, const LeftOperand& left, int64_t index, const float* x,
                int64_t x_stride) {
  static thread_local Scratch byte_memory, scale_memory, sum_memory;
  static thread_local std::vector<float> padded;
  const int64_t blocks = w.blocks(), units = blocks * kBlockUnits;
  const int height = left.panels.height(index);
  const int64_t first = left.panels.begin(index);
  uint32_t* bytes = byte_memory.reserve<uint32_t>(kMostPanelRows * units);
  float* scales = scale_memory.reserve<float>(kMostPanelRows * blocks);
  float* sums = sum_memory.reserve<float>(kMostPanelRows * blocks);
  for (int r = 0; r < height; ++r) {
    const float* row = x + (first + r) * x_stride;
    if (blocks * BlockMatrix::kBlock != w.inputs()) {
      padded.assign(static_cast<size_t>(blocks * BlockMatrix::kBlock), 0.0f);
      std::copy_n(row, w.inputs(), padded.data());
      row = padded.data();
    }
    detail::quantise_blocks(row, blocks, reinterpret_cast<int8_t*>(bytes + r * units),
                            scales + r * blocks, sums + r * blocks);
  }
  detail::interleave_rows(height, units, bytes, units, left.units + first * units, height);
  const auto transpose = [&](const float* in, float* out) {
    for (int64_t block = 0; block < blocks; ++block)
      for (int r = 0; r < height; ++r) out[block * height + r] = in[r * blocks + block];
  };
  transpose(scales, left.scales + first * blocks);
  transpose(sums, left.sums + first * blocks);
}

void compute_task(const BlockMatrix& w, const LeftOperand& left, const Epilogue& epilogue, float* y,
                  int64_t y_stride, const TileTasks& tasks, int64_t task) {
  alignas(64) float sums[kMostPanelRows * kPanelColumns];
  const detail::BlockTileKernel kernel = detail::block_tile_kernel(w.bits());
  const TileTasks::Range columns = tasks.column_range(task), panels = tasks.row_range(task);
  for (int64_t j = columns.begin; j < columns.end; ++j) {
    const int64_t column = j * kPanelColumns;
    for (int64_t i = panels.begin; i < panels.end; ++i) {
      const int64_t row = left.panels.begin(i);
      kernel(left.panel(i), w.blocks(), w.panel(j), sums);
      detail::FinishedTile tile;
      tile.rows = left.panels.height(i);
      tile.columns = static_cast<int>(std::min<int64_t>(kPanelColumns, w.outputs() - column));
      tile.tile = reinterpret_cast<const uint32_t*>(sums);
      tile.bias = epilogue.bias != nullptr ? epilogue.bias + column : nullptr;
      tile.activation = epilogue.activation;
      tile.residual_stride = epilogue.residual_stride;
      if (epilogue.residual != nullptr)
        tile.residual = epilogue.residual + row * tile.residual_stride + column;
      tile.y = y + row * y_stride + column;
      tile.y_stride = y_stride;
      detail::finish_tile(tile);
    }
  }
}

void multiply_rows(const BlockMatrix& w, int64_t rows, const float* x, int64_t x_stride,
                   const Epilogue& epilogue, float* y, int64_t y_stride) {
  const LeftOperand left(w, rows);
  const int64_t units = w.blocks() * kBlockUnits;
  const TileTasks tasks(units, left.panels.count, detail::column_panels(w.outputs()));
  const int64_t work = rows * tasks.column_panels() * kPanelColumns * units;
  parallel_for(left.panels.count, 1 + left.panels.count * kGrainUnits / (1 + work),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) pack_panel(w, left, i, x, x_stride);
               });
  parallel_for(tasks.count(), 1 + tasks.count() * kGrainUnits / (1 + work),
               [&](int64_t begin, int64_t end) {
                 for (int64_t task = begin; task < end; ++task)
                   compute_task(w, left, epilogue, y, y_stride, tasks, task);
               });
}

}  // namespace

BlockMatrix::BlockMatrix(int bits, int64_t outputs, int64_t inputs)
    : bits_(bits), outputs_(outputs), inputs_(inputs), blocks_((inputs + kBlock - 1) / kBlock) {
  if ((bits != 4 && bits != 8) || outputs < 1 || inputs < 1)
    throw ShapeError("block matrix: expected 4 or 8 bits and outputs, inputs >= 1, got " +
                     std::to_string(bits) + ", " + std::to_string(outputs) + ", " +
                     std::to_string(inputs));
  const int64_t units = detail::column_panels(outputs) * blocks_ * detail::block_panel_units(bits_);
  panels_ = storage_.reserve<uint32_t>(units);
  std::fill_n(panels_, units, 0u);
}

void BlockMatrix::set_row(int64_t row, std::span<const uint8_t> codes,
                          std::span<const uint16_t> scales, std::span<const uint16_t> minima) {
  const auto blocks = static_cast<size_t>(blocks_);
  if (row < 0 || row >= outputs_ || codes.size() != blocks * kBlock || scales.size() != blocks ||
      minima.size() != blocks)
    throw ShapeError("block matrix: expected a row below " + std::to_string(outputs_) + " of " +
                     std::to_string(blocks_) + " blocks, got row " + std::to_string(row) + ", " +
                     std::to_string(codes.size()) + " codes, " + std::to_string(scales.size()) +
                     " scales, " + std::to_string(minima.size()) + " minima");
  const int64_t column = row % kPanelColumns;
  const int64_t block_units = detail::block_panel_units(bits_);
  uint32_t* block = panels_ + row / kPanelColumns * blocks_ * block_units;
  for (size_t b = 0; b < blocks; ++b, block += block_units) {
    auto* halves = reinterpret_cast<std::byte*>(block);
    std::memcpy(halves + 2 * column, &scales[b], 2);
    std::memcpy(halves + 2 * (kPanelColumns + column), &minima[b], 2);
    auto* bytes = reinterpret_cast<uint8_t*>(block + detail::kScaleUnits + column);
    for (int i = 0; i < kBlock; ++i) {
      const uint8_t code = codes[b * kBlock + static_cast<size_t>(i)];
      const int unit = i / 4;
      uint8_t& byte = bytes[4 * kPanelColumns * (bits_ == 8 ? unit : unit % 4) + i % 4];
      if (bits_ == 8)
        byte = code;
      else
        byte = static_cast<uint8_t>(unit < 4 ? (byte & 0xF0) | (code & 15)
                                             : (byte & 0x0F) | code << 4);
    }
  }
}

const uint32_t* BlockMatrix::panel(int64_t index) const {
  return panels_ + index * blocks_ * detail::block_panel_units(bits_);
}

void multiply(const BlockMatrix& w, int64_t rows, const float* x, int64_t x_stride,
              const Epilogue& epilogue, float* y, int64_t y_stride) {
  for (int64_t row = 0; row < rows; row += kMostRows) {
    Epilogue part = epilogue;
    if (part.residual != nullptr) part.residual += row * part.residual_stride;
    multiply_rows(w, std::min(kMostRows, rows - row), x + row * x_stride, x_stride, part,
                  y + row * y_stride, y_stride);
  }
}

}  // namespace limbeck::nlp::kernel
