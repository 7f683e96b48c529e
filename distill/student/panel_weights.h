#pragma once

#include <hwy/aligned_allocator.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill::detail {

/// Output columns of one panel: four groups of sixteen (the four gates of sixteen LSTM units).
inline constexpr int64_t kPanelWidth = 64;
inline constexpr int64_t kPanelUnits = 16;

/// `width` rounded up to whole groups of sixteen: every inner buffer has such a width, and its tail
/// is zero.
constexpr int64_t padded_width(int64_t width) {
  return (width + kPanelUnits - 1) / kPanelUnits * kPanelUnits;
}

/// A weight matrix packed for products with rows of activations: panels of 64 output columns, all
/// inputs of a panel after each other, so that a product reads memory once and in order.
///
/// float32, bfloat16: value (panel, input k, slot) at (panel * inputs + k) * 64 + slot.
/// int8: symmetric with one scale an output; (panel, quad q, slot, k in the quad) at ((panel *
/// inputs / 4 + q) * 64 + slot) * 4 + k. `correction` is 128 times the sum of an output's values,
/// as activations carry an offset of 128.
struct PanelWeights {
  nlp::Precision precision = nlp::Precision::kFloat32;
  int64_t inputs = 0;  ///< padded
  int64_t panels = 0;
  hwy::AlignedFreeUniquePtr<float[]> float32;
  hwy::AlignedFreeUniquePtr<uint16_t[]> bfloat16;
  hwy::AlignedFreeUniquePtr<int8_t[]> int8;
  std::vector<float> scale;
  std::vector<int32_t> correction;

  int64_t outputs() const { return panels * kPanelWidth; }
  int64_t bytes() const;
};

/// Which row and column of the original matrix stand where; -1 = zero.
struct PanelOrder {
  std::vector<int64_t> rows;     ///< of each output, panel after panel
  std::vector<int64_t> columns;  ///< of each padded input
};

/// Outputs and inputs in their own order, padded with zeros.
PanelOrder plain_order(int64_t outputs, int64_t inputs);

/// Gates of a torch LSTM (i, f, g, o; 4H rows), interleaved so that a panel holds all gates of
/// sixteen units.
std::vector<int64_t> gate_rows(int64_t hidden_width);

/// Columns for an input of `parts` pieces of `width` values, each padded by itself (the two
/// directions of a layer).
std::vector<int64_t> padded_columns(int64_t parts, int64_t width);

/// Packs `matrix` (its rows have `columns` values). Rounding: bfloat16 to nearest even; int8 absmax
/// / 127 a row.
PanelWeights pack_panels(std::span<const float> matrix, int64_t columns, const PanelOrder& order,
                         nlp::Precision precision);

/// Values in the order of the packed outputs; zero where there is no row.
std::vector<float> reorder(std::span<const float> values, const std::vector<int64_t>& rows);

/// Nearest bfloat16, ties to even.
uint16_t to_bfloat16(float value);
float from_bfloat16(uint16_t bits);

}  // namespace limbeck::distill::detail
