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

#include "nlp/tensor/tensor_view.h"

/// safetensors files without LibTorch: bounds-checked, memory-mapped.
/// Format: 8-byte little-endian header length, JSON header {name: {dtype, shape, data_offsets}},
/// then the data.
namespace limbeck::nlp {

/// The named tensors of one model: a .safetensors file, a model.safetensors.index.json with its
/// shards, or a directory that holds either. Views are valid while the object lives. Of a shard,
/// only what the index names is listed.
class TensorStore {
 public:
  /// Throws: DataError (malformed header, header over 100 MB, overlap, hole, size mismatch,
  /// trailing bytes, missing shard: file and tensor named).
  static TensorStore open(const std::filesystem::path& path);
  ~TensorStore();
  TensorStore(TensorStore&&) noexcept;
  TensorStore& operator=(TensorStore&&) noexcept;

  const std::map<std::string, TensorView>& tensors() const;
  const std::map<std::string, std::string>& metadata() const;
  bool contains(const std::string& name) const;
  /// Throws: DataError `file: no tensor 'x'` with the nearest names.
  const TensorView& at(const std::string& name) const;
  /// As `at`, and checks the shape. Throws: DataError `file: tensor 'x': expected shape [2, 3], got
  /// [3, 2]`.
  const TensorView& at(const std::string& name, const std::vector<int64_t>& shape) const;

  /// Weights that are no numbers do not always show in a result: a clamp makes them finite.
  /// Throws: DataError `file: tensor 'x': value 7 is not finite (a diverged or damaged model)`.
  void require_finite() const;

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

/// Writes one file atomically, wide dtypes first and then by name, so that all values are aligned
/// without holes. Equal input gives equal bytes: those of the reference implementation.
/// Throws: ShapeError when the bytes do not fit the shape; DataError for a name twice, a reserved
/// or non-UTF-8 name, or when the file cannot be written.
void write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata);

/// Writes model.safetensors into `directory`, or model-00001-of-0000N.safetensors with
/// model.safetensors.index.json when the data need more than `max_shard_bytes` (a larger tensor
/// gets a shard of its own). Throws: as write_safetensors.
void write_model_tensors(const std::filesystem::path& directory, std::vector<NamedTensor> tensors,
                         const std::map<std::string, std::string>& metadata,
                         size_t max_shard_bytes = size_t{5'000'000'000});

}  // namespace limbeck::nlp
