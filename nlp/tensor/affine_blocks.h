#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nlp/tensor/ggml_type.h"

namespace limbeck::nlp {

/// Rows of values in blocks of 32: value = scale * code + minimum.
struct AffineBlocks {
  int bits = 8;                          ///< of a code: 4 or 8
  int64_t row_blocks = 0;                ///< blocks of a row; the last is filled up
  std::vector<uint8_t> codes;            ///< (rows, 32 * row_blocks)
  std::vector<uint16_t> scales, minima;  ///< (rows, row_blocks), binary16
};

/// Values of a GGUF tensor in this form without any loss: Q4_0 and Q4_1 with codes of 4 bits, Q5_0,
/// Q5_1 and Q8_0 of 8. Empty for the other types, and when a minimum is beyond binary16.
///
/// Shapes: bytes hold whole rows of `width` values, a multiple of 32 for these types.
std::optional<AffineBlocks> stored_blocks(GgmlType type, std::span<const std::byte> bytes,
                                          int64_t width);

/// Rounds rows of `width` values to 8-bit codes, symmetric about 128 with scale max |value| / 127.
/// Empty when a value is not finite or the scale is beyond binary16 (values of 64,800 and more).
std::optional<AffineBlocks> rounded_blocks(std::span<const float> values, int64_t width);

}  // namespace limbeck::nlp
