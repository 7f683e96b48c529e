#include "nlp/kernel/packed_matrix.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/kernel/gemv.h"
#include "nlp/kernel/operand_rows.h"
#include "nlp/kernel/panel.h"
#include "nlp/kernel/tile_epilogue.h"
#include "nlp/kernel/tile_tasks.h"

namespace limbeck::nlp::kernel {
namespace {

using detail::kMostPanelRows;
using detail::kPanelColumns;
using detail::RowPanels;
using detail::TileTasks;

constexpr int64_t kMostRows = 4088;
constexpr int64_t kMostInt8Inputs = 1
                                    << 16;  ///< 255 * 127 * 2^16 < 2^31: int32 sums cannot overflow
constexpr int64_t kGrainUnits = 1 << 19;
constexpr int kVectorPanels = 4;

int values_per_unit(Arithmetic arithmetic) {
  return arithmetic == Arithmetic::kFloat32 ? 1 : arithmetic == Arithmetic::kBFloat16 ? 2 : 4;
}

detail::ProductKernels kernels_of(Arithmetic arithmetic) {
  switch (arithmetic) {
    case Arithmetic::kFloat32:
      return detail::float32_kernels();
    case Arithmetic::kBFloat16:
      return detail::bfloat16_kernels();
    case Arithmetic::kInt8:
      break;
  }
  return detail::int8_kernels();
}

/// One row of `inputs` floats to units; a row whose length is no multiple goes through `padded`.
/// Returns the int8 scale.
float row_units(const PackedMatrix& w, const float* row, std::vector<float>& padded,
                uint32_t* out) {
  const int64_t padded_length = w.units() * values_per_unit(w.arithmetic());
  if (padded_length != w.inputs()) {
    padded.assign(static_cast<size_t>(padded_length), 0.0f);
    std::copy_n(row, w.inputs(), padded.data());
    row = padded.data();
  }
  if (w.arithmetic() == Arithmetic::kInt8) return detail::quantised_units(row, w.units(), out);
  detail::bfloat16_units(row, w.units(), out);
  return 0;
}

void pack_rows(const PackedMatrix& w, int height, const float* x, int64_t x_stride, uint32_t* out,
               float* scales) {
  if (w.arithmetic() == Arithmetic::kFloat32)
    return detail::interleave_rows(height, w.units(), reinterpret_cast<const uint32_t*>(x),
                                   x_stride, out, height);
  static thread_local Scratch scratch;
  static thread_local std::vector<float> padded;
  uint32_t* rows = scratch.reserve<uint32_t>(kMostPanelRows * w.units());
  for (int r = 0; r < height; ++r)
    scales[r] = row_units(w, x + r * x_stride, padded, rows + r * w.units());
  detail::interleave_rows(height, w.units(), rows, w.units(), out, height);
}

/// The left operand of one product, packed: units [panel][unit][row], int8 scales a row.
struct LeftOperand {
  RowPanels panels;
  uint32_t* units;
  float* scales;
};

struct Output {
  const Epilogue& epilogue;
  float* y;
  int64_t y_stride;
};

detail::FinishedTile finished(const PackedMatrix& w, const LeftOperand& left, int64_t row,
                              int64_t column_panel, const Output& output) {
  const int64_t column = column_panel * kPanelColumns;
  const bool integer = w.arithmetic() == Arithmetic::kInt8;
  detail::FinishedTile tile;
  tile.columns = static_cast<int>(std::min<int64_t>(kPanelColumns, w.outputs() - column));
  tile.row_scales = integer ? left.scales + row : nullptr;
  tile.column_scales = integer ? w.scales() + column : nullptr;
  tile.column_offsets = integer ? w.offsets() + column : nullptr;
  tile.bias = output.epilogue.bias != nullptr ? output.epilogue.bias + column : nullptr;
  tile.activation = output.epilogue.activation;
  tile.residual_stride = output.epilogue.residual_stride;
  if (output.epilogue.residual != nullptr)
    tile.residual = output.epilogue.residual + row * tile.residual_stride + column;
  tile.y = output.y + row * output.y_stride + column;
  tile.y_stride = output.y_stride;
  return tile;
}

void compute_task(const PackedMatrix& w, const LeftOperand& left, const Output& output,
                  const TileTasks& tasks, int64_t task) {
  alignas(64) uint32_t sums[kMostPanelRows * kPanelColumns];
  const detail::TileKernel kernel = kernels_of(w.arithmetic()).tile;
  const TileTasks::Range columns = tasks.column_range(task), panels = tasks.row_range(task);
  for (int64_t j = columns.begin; j < columns.end; ++j) {
    for (int64_t i = panels.begin; i < panels.end; ++i) {
      const int64_t row = left.panels.begin(i);
      detail::FinishedTile tile = finished(w, left, row, j, output);
      tile.rows = left.panels.height(i);
      tile.tile = sums;
      kernel(tile.rows, w.units(), left.units + row * w.units(), tile.rows, w.panel(j),
             kPanelColumns, sums);
      detail::finish_tile(tile);
    }
  }
}

/// One row against panels [begin, end).
void compute_vector(const PackedMatrix& w, const LeftOperand& left, const Output& output,
                    int64_t begin, int64_t end) {
  alignas(64) uint32_t sums[kVectorPanels * kPanelColumns];
  const detail::VectorKernel kernel = kernels_of(w.arithmetic()).vector;
  for (int64_t first = begin; first < end; first += kVectorPanels) {
    const int64_t panels = std::min<int64_t>(kVectorPanels, end - first);
    kernel(static_cast<int>(panels), w.units(), left.units, w.panel(first),
           kPanelColumns * w.units(), sums);
    for (int64_t p = 0; p < panels; ++p) {
      detail::FinishedTile tile = finished(w, left, 0, first + p, output);
      tile.rows = 1;
      tile.tile = sums + p * kPanelColumns;
      detail::finish_tile(tile);
    }
  }
}

LeftOperand reserve_left(const PackedMatrix& w, int64_t rows) {
  static thread_local Scratch units, scales;
  return {RowPanels(rows), units.reserve<uint32_t>(rows * w.units()), scales.reserve<float>(rows)};
}

void multiply_rows(const PackedMatrix& w, int64_t rows, const float* x, int64_t x_stride,
                   const Output& output) {
  const LeftOperand left = reserve_left(w, rows);
  const TileTasks tasks(w.units(), left.panels.count, detail::column_panels(w.outputs()));
  const int64_t work = rows * tasks.column_panels() * kPanelColumns * w.units();
  parallel_for(left.panels.count, 1 + left.panels.count * kGrainUnits / (1 + work),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   const int64_t row = left.panels.begin(i);
                   pack_rows(w, left.panels.height(i), x + row * x_stride, x_stride,
                             left.units + row * w.units(), left.scales + row);
                 }
               });
  if (rows == 1)
    return parallel_for(
        tasks.column_panels(),
        std::max<int64_t>(kVectorPanels, tasks.column_panels() * kGrainUnits / (1 + work)),
        [&](int64_t begin, int64_t end) { compute_vector(w, left, output, begin, end); });
  parallel_for(tasks.count(), 1 + tasks.count() * kGrainUnits / (1 + work),
               [&](int64_t begin, int64_t end) {
                 for (int64_t task = begin; task < end; ++task)
                   compute_task(w, left, output, tasks, task);
               });
}

}  // namespace

PackedMatrix::PackedMatrix(Arithmetic arithmetic, const float* weights, int64_t outputs,
                           int64_t inputs, int64_t stride)
    : arithmetic_(arithmetic), outputs_(outputs), inputs_(inputs) {
  if (outputs < 1 || inputs < 1 || stride < inputs)
    throw ShapeError("packed matrix: expected outputs, inputs >= 1 and stride >= inputs, got " +
                     std::to_string(outputs) + ", " + std::to_string(inputs) + ", " +
                     std::to_string(stride));
  if (arithmetic == Arithmetic::kInt8 && inputs > kMostInt8Inputs)
    throw ShapeError("packed matrix: int8 takes at most 65536 inputs, got " +
                     std::to_string(inputs));
  const int values = values_per_unit(arithmetic);
  units_ = (inputs + values - 1) / values;
  const int64_t panels = detail::column_panels(outputs);
  const int64_t size = panels * kPanelColumns * units_;
  uint32_t* out = storage_.reserve<uint32_t>(size);
  std::fill_n(out, size, 0u);
  if (arithmetic == Arithmetic::kInt8) {
    scales_.assign(static_cast<size_t>(panels * kPanelColumns), 0.0f);
    offsets_.assign(static_cast<size_t>(panels * kPanelColumns), 0);
  }
  parallel_for(panels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel) {
      const int64_t first = panel * kPanelColumns;
      const int width = static_cast<int>(std::min<int64_t>(kPanelColumns, outputs - first));
      pack_panel(weights + first * stride, width, stride, first, out + first * units_);
    }
  });
}

void PackedMatrix::pack_panel(const float* weights, int width, int64_t stride, int64_t first,
                              uint32_t* out) {
  if (arithmetic_ == Arithmetic::kFloat32)
    return detail::interleave_rows(width, units_, reinterpret_cast<const uint32_t*>(weights),
                                   stride, out, kPanelColumns);
  std::vector<uint32_t> rows(static_cast<size_t>(kPanelColumns * units_));
  std::vector<float> padded;
  for (int c = 0; c < width; ++c) {
    uint32_t* row = rows.data() + c * units_;
    const float scale = row_units(*this, weights + c * stride, padded, row);
    if (arithmetic_ != Arithmetic::kInt8) continue;
    int32_t sum = 0;
    for (int64_t u = 0; u < units_; ++u) {
      row[u] ^= 0x80808080u;  // unsigned with offset 128 to signed
      for (int byte = 0; byte < 4; ++byte) sum += static_cast<int8_t>(row[u] >> (8 * byte));
    }
    scales_[static_cast<size_t>(first + c)] = scale;
    offsets_[static_cast<size_t>(first + c)] = 128 * sum;
  }
  detail::interleave_rows(width, units_, rows.data(), units_, out, kPanelColumns);
}

int64_t PackedMatrix::bytes() const {
  return static_cast<int64_t>(static_cast<size_t>(storage_.bytes()) +
                              scales_.size() * sizeof(float) + offsets_.size() * sizeof(int32_t));
}

const uint32_t* PackedMatrix::panel(int64_t index) const {
  return reinterpret_cast<const uint32_t*>(storage_.data()) + index * kPanelColumns * units_;
}

void multiply(const PackedMatrix& w, int64_t rows, const float* x, int64_t x_stride,
              const Epilogue& epilogue, float* y, int64_t y_stride) {
  for (int64_t row = 0; row < rows; row += kMostRows) {
    Epilogue part = epilogue;
    if (part.residual != nullptr) part.residual += row * part.residual_stride;
    multiply_rows(w, std::min(kMostRows, rows - row), x + row * x_stride, x_stride,
                  {part, y + row * y_stride, y_stride});
  }
}

void gemv(const PackedMatrix& w, const float* x, bool accumulate, float* y) {
  const LeftOperand left = reserve_left(w, 1);
  Epilogue epilogue;
  if (accumulate) epilogue.residual = y;
  pack_rows(w, 1, x, w.inputs(), left.units, left.scales);
  compute_vector(w, left, {epilogue, y, 0}, 0, detail::column_panels(w.outputs()));
}

}  // namespace limbeck::nlp::kernel
