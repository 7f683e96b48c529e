#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::nlp {

enum class Dtype { kF64, kF32, kF16, kBF16, kI64, kI32, kI8, kU8, kBool };

size_t dtype_bytes(Dtype dtype);
std::string_view dtype_name(Dtype dtype);  ///< as safetensors spells it: "F32"
/// The dtype that safetensors spells so, if limbeck knows it.
std::optional<Dtype> find_dtype(std::string_view name);
/// "F64, F32, ...", for messages.
std::string known_dtypes();

/// A tensor in somebody else's memory, row-major.
struct TensorView {
  Dtype dtype = Dtype::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t element_count() const;
  /// Throws: DataError unless the dtype is F32 and the bytes are 4-aligned (to_float32 reads any
  /// alignment).
  std::span<const float> float32() const;
};

/// Values as float32 from F64, F32, F16 or BF16, at any alignment. Throws: DataError for other
/// dtypes.
std::vector<float> to_float32(const TensorView& tensor);

/// Position of the first value that is no finite float32, nothing when all are; integers always
/// are.
std::optional<int64_t> first_not_finite(const TensorView& tensor);

/// Bytes that `shape` needs, or nothing when a size is negative or the product does not fit.
std::optional<size_t> byte_count(const std::vector<int64_t>& shape, Dtype dtype);

/// "[2, 3]", for messages.
std::string shape_text(const std::vector<int64_t>& shape);

}  // namespace limbeck::nlp
