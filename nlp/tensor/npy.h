#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "nlp/core/atomic_file.h"
#include "nlp/tensor/tensor_view.h"

/// NumPy's .npy format, little-endian and row-major (C order).
namespace limbeck::nlp {

/// An array read from a file.
struct NpyArray {
  Dtype dtype = Dtype::kF32;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;

  TensorView view() const { return {dtype, shape, bytes}; }
};

/// Reads format versions 1.0 to 3.0 with element type f8, f4, f2, i8, i4, i1, u1 or b1.
/// Throws: DataError for a damaged file; UnsupportedError for big-endian, column-major and other
/// element types.
NpyArray read_npy(const std::filesystem::path& path);

/// Parses a whole file in memory; `where` is its name for messages. Never reads outside `bytes`.
/// Throws: as read_npy.
NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& where);

/// Writes one array atomically as version 1.0. Throws: UnsupportedError for BF16, which NumPy does
/// not know.
void write_npy(const std::filesystem::path& path, const TensorView& tensor);

/// Writes a matrix row by row, so that N need not be known nor fit in memory; atomic: nothing
/// appears before commit().
class NpyRowWriter {
 public:
  /// Rows of `width` elements. Throws: DataError when the path cannot be written; UnsupportedError
  /// for BF16.
  NpyRowWriter(const std::filesystem::path& path, Dtype dtype, int64_t width);

  /// Appends whole rows. Throws: ShapeError when the bytes are not a multiple of one row.
  void append(std::span<const std::byte> rows);
  void append(std::span<const float> rows) { append(std::as_bytes(rows)); }
  int64_t rows() const { return rows_; }
  void commit();

 private:
  AtomicFile file_;
  Dtype dtype_;
  int64_t width_;
  int64_t rows_ = 0;
};

}  // namespace limbeck::nlp
