#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// safetensors files without LibTorch: bounds-checked, memory-mapped.
/// Format: 8-byte little-endian header length, JSON header {name: {dtype, shape, data_offsets}}, then the data.
namespace limbeck::nlp {

enum class Dtype { kF64, kF32, kF16, kBF16, kI64, kI32, kI8, kU8, kBool };

size_t dtype_bytes(Dtype dtype);
std::string_view dtype_name(Dtype dtype);  ///< as safetensors spells it: "F32"

/// A tensor in somebody else's memory, row-major.
struct TensorView {
  Dtype dtype = Dtype::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t element_count() const;
  /// Throws: DataError unless the dtype is F32 (bytes are 4-aligned, or copied by to_float32).
  std::span<const float> float32() const;
};

/// Values as float32 from F64, F32, F16 or BF16. Throws: DataError for other dtypes.
std::vector<float> to_float32(const TensorView& tensor);

/// The named tensors of one model: a .safetensors file, a model.safetensors.index.json with its shards, or a directory
/// that holds either. Views are valid while the object lives.
class TensorStore {
 public:
  /// Throws: DataError (malformed header, header over 100 MB, overlap, hole, size mismatch, missing shard: file and tensor named).
  static TensorStore open(const std::filesystem::path& path);
  ~TensorStore();
  TensorStore(TensorStore&&) noexcept;
  TensorStore& operator=(TensorStore&&) noexcept;

  const std::map<std::string, TensorView>& tensors() const;
  const std::map<std::string, std::string>& metadata() const;
  bool contains(const std::string& name) const;
  /// Throws: DataError `file: no tensor 'x'` with the nearest names.
  const TensorView& at(const std::string& name) const;
  /// As `at`, and checks the shape. Throws: DataError `file: tensor 'x': expected shape [2, 3], got [3, 2]`.
  const TensorView& at(const std::string& name, const std::vector<int64_t>& shape) const;

 private:
  struct State;
  explicit TensorStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A tensor to be written.
struct NamedTensor {
  std::string name;
  TensorView tensor;
};

/// Writes one file atomically, tensors in name order, data 8-byte aligned; equal input gives equal bytes.
void write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace limbeck::nlp
