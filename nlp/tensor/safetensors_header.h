#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "nlp/tensor/tensor_view.h"

namespace limbeck::nlp {

/// Longest JSON header accepted, in bytes: the limit of the reference implementation.
inline constexpr size_t kMaxSafetensorsHeader = 100'000'000;

/// What one safetensors file holds; the views point into the bytes that were parsed.
struct SafetensorsContent {
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;
};

/// Parses a whole file in memory. `where` is the file name for messages.
///
/// Law:    never reads outside `bytes`; the tensors' data are disjoint and cover all bytes after
/// the header. Throws: DataError, one line, for everything that the format forbids; unknown dtypes
/// are named with the known ones.
SafetensorsContent parse_safetensors(std::span<const std::byte> bytes, const std::string& where);

}  // namespace limbeck::nlp
