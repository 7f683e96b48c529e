#pragma once

#include <cstdint>

/// Rows of float32 to 32-bit units (see panel.h for which k a unit holds).
namespace limbeck::nlp::kernel::detail {

/// Units of `values[0 .. 2 * units)`, rounded to the nearest bfloat16 (ties to even).
void bfloat16_units(const float* values, int64_t units, uint32_t* out);

/// Units of `values[0 .. 4 * units)` as round(value / scale) + 128; returns scale = max |value| /
/// 127 (0 for zeros).
float quantised_units(const float* values, int64_t units, uint32_t* out);

}  // namespace limbeck::nlp::kernel::detail
