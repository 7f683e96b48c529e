#include "distill/student/panel_weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace limbeck::distill::detail {
namespace {

using nlp::Precision;

/// Value of the packed matrix at (output, input).
struct Source {
  std::span<const float> matrix;
  int64_t columns;
  const PanelOrder& order;

  float operator()(int64_t output, int64_t input) const {
    const int64_t row = order.rows[static_cast<size_t>(output)];
    const int64_t column = order.columns[static_cast<size_t>(input)];
    return row < 0 || column < 0 ? 0.0f : matrix[static_cast<size_t>(row * columns + column)];
  }
};

/// Calls `store(index in the panels, output, input)` for each weight of a float layout.
template <class Store>
void for_each_slot(const PanelWeights& packed, const Store& store) {
  for (int64_t panel = 0; panel < packed.panels; ++panel)
    for (int64_t k = 0; k < packed.inputs; ++k)
      for (int64_t slot = 0; slot < kPanelWidth; ++slot)
        store((panel * packed.inputs + k) * kPanelWidth + slot, panel * kPanelWidth + slot, k);
}

void pack_int8(const Source& source, PanelWeights& packed) {
  packed.int8 = hwy::AllocateAligned<int8_t>(static_cast<size_t>(packed.outputs() * packed.inputs));
  packed.scale.assign(static_cast<size_t>(packed.outputs()), 0.0f);
  packed.correction.assign(static_cast<size_t>(packed.outputs()), 0);
  for (int64_t output = 0; output < packed.outputs(); ++output) {
    float largest = 0.0f;
    for (int64_t k = 0; k < packed.inputs; ++k)
      largest = std::max(largest, std::abs(source(output, k)));
    const float scale = largest / 127.0f, inverse = largest > 0 ? 127.0f / largest : 0.0f;
    int32_t sum = 0;
    const int64_t panel = output / kPanelWidth, slot = output % kPanelWidth;
    for (int64_t k = 0; k < packed.inputs; ++k) {
      const auto value = static_cast<int8_t>(std::lrint(source(output, k) * inverse));
      packed.int8[static_cast<size_t>(
          ((panel * packed.inputs / 4 + k / 4) * kPanelWidth + slot) * 4 + k % 4)] = value;
      sum += value;
    }
    packed.scale[static_cast<size_t>(output)] = scale;
    packed.correction[static_cast<size_t>(output)] = 128 * sum;
  }
}

}  // namespace

int64_t PanelWeights::bytes() const {
  const int64_t count = outputs() * inputs;
  if (precision == Precision::kFloat32) return 4 * count;
  if (precision == Precision::kBFloat16) return 2 * count;
  return count + 8 * outputs();
}

PanelOrder plain_order(int64_t outputs, int64_t inputs) {
  PanelOrder order;
  order.rows.assign(static_cast<size_t>((outputs + kPanelWidth - 1) / kPanelWidth * kPanelWidth),
                    -1);
  std::iota(order.rows.begin(), order.rows.begin() + outputs, 0);
  order.columns = padded_columns(1, inputs);
  return order;
}

std::vector<int64_t> gate_rows(int64_t hidden_width) {
  std::vector<int64_t> rows;
  for (int64_t unit = 0; unit < hidden_width; unit += kPanelUnits)
    for (int64_t gate = 0; gate < 4; ++gate)
      for (int64_t i = unit; i < unit + kPanelUnits; ++i)
        rows.push_back(i < hidden_width ? gate * hidden_width + i : -1);
  return rows;
}

std::vector<int64_t> padded_columns(int64_t parts, int64_t width) {
  std::vector<int64_t> columns;
  for (int64_t part = 0; part < parts; ++part)
    for (int64_t i = 0; i < padded_width(width); ++i)
      columns.push_back(i < width ? part * width + i : -1);
  return columns;
}

PanelWeights pack_panels(std::span<const float> matrix, int64_t columns, const PanelOrder& order,
                         Precision precision) {
  PanelWeights packed;
  packed.precision = precision;
  packed.inputs = static_cast<int64_t>(order.columns.size());
  packed.panels = static_cast<int64_t>(order.rows.size()) / kPanelWidth;
  const Source source{matrix, columns, order};
  const auto count = static_cast<size_t>(packed.outputs() * packed.inputs);
  if (precision == Precision::kInt8) {
    pack_int8(source, packed);
  } else if (precision == Precision::kBFloat16) {
    packed.bfloat16 = hwy::AllocateAligned<uint16_t>(count);
    for_each_slot(packed, [&](int64_t at, int64_t output, int64_t k) {
      packed.bfloat16[static_cast<size_t>(at)] = to_bfloat16(source(output, k));
    });
  } else {
    packed.float32 = hwy::AllocateAligned<float>(count);
    for_each_slot(packed, [&](int64_t at, int64_t output, int64_t k) {
      packed.float32[static_cast<size_t>(at)] = source(output, k);
    });
  }
  return packed;
}

std::vector<float> reorder(std::span<const float> values, const std::vector<int64_t>& rows) {
  std::vector<float> ordered;
  ordered.reserve(rows.size());
  for (const int64_t row : rows)
    ordered.push_back(row < 0 ? 0.0f : values[static_cast<size_t>(row)]);
  return ordered;
}

uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

float from_bfloat16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

}  // namespace limbeck::distill::detail
