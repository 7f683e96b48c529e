#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nlp/core/mapped_file.h"
#include "nlp/tensor/ggml_type.h"

/// GGUF files (versions 2 and 3, little-endian) without copies: bounds-checked, memory-mapped.
/// Format: magic, version, counts, key-value pairs, tensor table, padding, data.
namespace limbeck::nlp {

/// A number of the metadata, or an array of numbers, as stored.
struct GgufNumbers {
  uint32_t element_type = 0;
  int64_t count = 0;
  std::span<const std::byte> bytes;

  bool is_integral() const;
  /// 0 <= i < count.
  double real(int64_t i) const;
  int64_t integer(int64_t i) const;  ///< uint64 values beyond int64 become its largest
};

/// One value: a text, a list of texts, a number or a list of numbers (booleans are numbers 0, 1).
struct GgufValue {
  bool is_list = false;
  std::variant<GgufNumbers, std::vector<std::string_view>> data;
};

/// A tensor in the file: `shape` outermost dimension first, so a linear layer is (outputs, inputs).
struct GgufTensor {
  GgmlType type = GgmlType::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t element_count() const;
  int64_t row_bytes() const;  ///< of one innermost row
};

/// What one file holds; views point into the bytes that were parsed.
struct GgufContent {
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::map<std::string, GgufTensor, std::less<>> tensors;
};

/// Parses a whole file in memory; `where` is its name for messages.
///
/// Law:    never reads outside `bytes`; memory used is at most a small multiple of bytes.size();
///         tensors lie inside the data part and do not overlap.
/// Throws: DataError, one line, for a damaged file; UnsupportedError for another version, byte
///         order, or a tensor type that is not read (named, with the known ones).
GgufContent parse_gguf(std::span<const std::byte> bytes, const std::string& where);

/// A GGUF file, mapped. Typed reading of its metadata; views are valid while the object lives.
class GgufFile {
 public:
  explicit GgufFile(const std::filesystem::path& path);

  const std::string& where() const { return where_; }
  const GgufContent& content() const { return content_; }
  bool has(std::string_view key) const { return content_.metadata.contains(key); }
  bool has_tensor(std::string_view name) const { return content_.tensors.contains(name); }

  /// Throws: DataError `x.gguf: key 'k': expected a text, got a number` or `x.gguf: no key 'k'`.
  std::string text(std::string_view key) const;
  int64_t integer(std::string_view key, int64_t low, int64_t high) const;
  double real(std::string_view key) const;
  std::span<const std::string_view> texts(std::string_view key) const;
  GgufNumbers numbers(std::string_view key) const;

  /// Throws: DataError `x.gguf: no tensor 'n'` with the nearest names, or for another shape.
  const GgufTensor& at(const std::string& name, const std::vector<int64_t>& shape) const;
  const GgufTensor& at(const std::string& name) const;

 private:
  const GgufValue& value(std::string_view key) const;

  std::string where_;
  MappedFile file_;
  GgufContent content_;
};

}  // namespace limbeck::nlp
