#include "nlp/tensor/tensor_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "nlp/core/errors.h"
#include "nlp/tensor/half.h"

namespace limbeck::nlp {
namespace {

struct DtypeRow {
  Dtype dtype;
  std::string_view name;
  size_t bytes;
};

constexpr std::array<DtypeRow, 9> kDtypes = {{{Dtype::kF64, "F64", 8},
                                              {Dtype::kF32, "F32", 4},
                                              {Dtype::kF16, "F16", 2},
                                              {Dtype::kBF16, "BF16", 2},
                                              {Dtype::kI64, "I64", 8},
                                              {Dtype::kI32, "I32", 4},
                                              {Dtype::kI8, "I8", 1},
                                              {Dtype::kU8, "U8", 1},
                                              {Dtype::kBool, "BOOL", 1}}};

template <class Stored, class Convert>
std::vector<float> converted(const TensorView& tensor, Convert convert) {
  std::vector<float> values(tensor.bytes.size() / sizeof(Stored));
  const std::byte* next = tensor.bytes.data();
  for (float& value : values) {
    Stored stored;
    std::memcpy(&stored, next, sizeof stored);
    value = convert(stored);
    next += sizeof stored;
  }
  return values;
}

template <class Stored, class IsFinite>
std::optional<int64_t> first_other(const TensorView& tensor, IsFinite is_finite) {
  constexpr size_t kBlock = 4096;
  const size_t count = tensor.bytes.size() / sizeof(Stored);
  for (size_t begin = 0; begin < count; begin += kBlock) {
    const size_t size = std::min(kBlock, count - begin);
    std::array<Stored, kBlock> values;
    std::memcpy(values.data(), tensor.bytes.data() + begin * sizeof(Stored), size * sizeof(Stored));
    unsigned others = 0;  // counted without a branch: the compiler makes vectors of it
    for (size_t i = 0; i < size; ++i) others += is_finite(values[i]) ? 0 : 1;
    if (others == 0) continue;
    const auto* first = std::find_if_not(values.data(), values.data() + size, is_finite);
    return static_cast<int64_t>(begin) + (first - values.data());
  }
  return std::nullopt;
}

}  // namespace

size_t dtype_bytes(Dtype dtype) { return kDtypes[static_cast<size_t>(dtype)].bytes; }

std::string_view dtype_name(Dtype dtype) { return kDtypes[static_cast<size_t>(dtype)].name; }

std::optional<Dtype> find_dtype(std::string_view name) {
  for (const DtypeRow& row : kDtypes)
    if (row.name == name) return row.dtype;
  return std::nullopt;
}

std::string known_dtypes() {
  std::string list;
  for (const DtypeRow& row : kDtypes) list += (list.empty() ? "" : ", ") + std::string(row.name);
  return list;
}

std::optional<size_t> byte_count(const std::vector<int64_t>& shape, Dtype dtype) {
  size_t count = dtype_bytes(dtype);
  bool is_empty = false;
  for (const int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) {
      is_empty = true;
      continue;
    }
    if (__builtin_mul_overflow(count, static_cast<size_t>(size), &count)) return std::nullopt;
  }
  if (count > static_cast<size_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
  return is_empty ? 0 : count;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

int64_t TensorView::element_count() const {
  return static_cast<int64_t>(bytes.size() / dtype_bytes(dtype));
}

std::span<const float> TensorView::float32() const {
  if (dtype != Dtype::kF32)
    throw DataError("tensor " + shape_text(shape) + ": expected dtype F32, got " +
                    std::string(dtype_name(dtype)) + " (to_float32 converts it)");
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(float) != 0)
    throw DataError("tensor " + shape_text(shape) +
                    ": its data are not 4-byte aligned in the file (to_float32 copies them)");
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

std::vector<float> to_float32(const TensorView& tensor) {
  switch (tensor.dtype) {
    case Dtype::kF64:
      return converted<double>(tensor, [](double value) { return static_cast<float>(value); });
    case Dtype::kF32:
      return converted<float>(tensor, [](float value) { return value; });
    case Dtype::kF16:
      return converted<uint16_t>(tensor, float16_to_float);
    case Dtype::kBF16:
      return converted<uint16_t>(tensor, bfloat16_to_float);
    default:
      throw DataError("tensor " + shape_text(tensor.shape) +
                      ": expected dtype F64, F32, F16 or BF16, got " +
                      std::string(dtype_name(tensor.dtype)));
  }
}

std::optional<int64_t> first_not_finite(const TensorView& tensor) {
  constexpr double kMost = std::numeric_limits<float>::max();
  switch (tensor.dtype) {
    case Dtype::kF64:
      return first_other<double>(tensor, [](double value) { return std::abs(value) <= kMost; });
    case Dtype::kF32:  // all ones in the exponent: infinite or no number
      return first_other<uint32_t>(
          tensor, [](uint32_t bits) { return (bits & 0x7F800000U) != 0x7F800000U; });
    case Dtype::kF16:
      return first_other<uint16_t>(tensor,
                                   [](uint16_t bits) { return (bits & 0x7C00U) != 0x7C00U; });
    case Dtype::kBF16:
      return first_other<uint16_t>(tensor,
                                   [](uint16_t bits) { return (bits & 0x7F80U) != 0x7F80U; });
    default:
      return std::nullopt;
  }
}

}  // namespace limbeck::nlp
