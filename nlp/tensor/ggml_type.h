#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace limbeck::nlp {

/// Element types of GGUF tensors; the numbers are those of the format.
enum class GgmlType : uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kBF16 = 30,
};

/// How values are stored: blocks of `block_values` neighbouring values in `block_bytes` bytes.
struct GgmlLayout {
  GgmlType type;
  const char* name;  ///< as the format spells it: "Q4_1"
  int64_t block_values;
  int64_t block_bytes;
};

const GgmlLayout& ggml_layout(GgmlType type);

/// The type with this number, if limbeck reads it.
std::optional<GgmlType> find_ggml_type(uint32_t number);

/// "IQ4_NL" or "type 99", for messages about types that are not read.
std::string ggml_type_name(uint32_t number);

/// "F32, F16, Q4_0, ...", for messages.
std::string known_ggml_types();

/// Values of whole blocks as float32, exactly as the format defines them.
///
/// Shapes:  blocks.size() = n * block_bytes, out.size() = n * block_values.
/// Source:  the block layouts of ggml (ggml-common.h); every product is rounded once to float32.
/// Throws:  ShapeError when the sizes do not fit.
void dequantise(GgmlType type, std::span<const std::byte> blocks, std::span<float> out);

}  // namespace limbeck::nlp
