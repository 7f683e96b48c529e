#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::nlp {
namespace {

/// Place of a dtype in the file: that of the reference implementation, whose bytes are matched.
/// Wide ones come first.
int rank(Dtype dtype) {
  switch (dtype) {
    case Dtype::kI64:
      return 0;
    case Dtype::kF64:
      return 1;
    case Dtype::kF32:
      return 2;
    case Dtype::kI32:
      return 3;
    case Dtype::kBF16:
      return 4;
    case Dtype::kF16:
      return 5;
    case Dtype::kI8:
      return 6;
    case Dtype::kU8:
      return 7;
    case Dtype::kBool:
      return 8;
  }
  return 9;
}

void sort_by_dtype_then_name(std::vector<NamedTensor>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const NamedTensor& a, const NamedTensor& b) {
    return std::pair(rank(a.tensor.dtype), std::string_view(a.name)) <
           std::pair(rank(b.tensor.dtype), std::string_view(b.name));
  });
}

void validate(const std::string& where, const std::vector<NamedTensor>& tensors) {
  std::map<std::string_view, bool> seen;
  for (const auto& [name, tensor] : tensors) {
    const std::optional<size_t> expected = byte_count(tensor.shape, tensor.dtype);
    if (expected != tensor.bytes.size())
      throw ShapeError("write_safetensors: tensor '" + name + "': shape " +
                       shape_text(tensor.shape) + " of " + std::string(dtype_name(tensor.dtype)) +
                       " needs " + (expected ? std::to_string(*expected) : "too many") +
                       " bytes, got " + std::to_string(tensor.bytes.size()));
    if (name == "__metadata__") throw DataError(where + ": tensor name '__metadata__' is reserved");
    if (!seen.emplace(name, true).second)
      throw DataError(where + ": tensor '" + name + "' was given twice");
  }
}

/// JSON header, padded with blanks so that the data begin at a multiple of 8.
std::string header_text(const std::string& where, const std::vector<NamedTensor>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  size_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const size_t end = offset + tensor.bytes.size();
    header[name] = {{"dtype", dtype_name(tensor.dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  try {
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
  } catch (const nlohmann::json::type_error&) {
    throw DataError(where + ": a tensor name or metadata text is not valid UTF-8");
  }
}

std::string shard_name(size_t index, size_t count) {
  char name[64];
  std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", index + 1, count);
  return name;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::vector<NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  validate(path.string(), tensors);
  sort_by_dtype_then_name(tensors);
  const std::string header = header_text(path.string(), tensors, metadata);
  std::string length(8, '\0');
  for (size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
  AtomicFile file(path);
  file.write(length);
  file.write(header);
  for (const auto& [name, tensor] : tensors) file.write(tensor.bytes);
  file.commit();
}

void write_model_tensors(const std::filesystem::path& directory, std::vector<NamedTensor> tensors,
                         const std::map<std::string, std::string>& metadata,
                         size_t max_shard_bytes) {
  std::sort(tensors.begin(), tensors.end(),
            [](const NamedTensor& a, const NamedTensor& b) { return a.name < b.name; });
  validate(directory.string(), tensors);
  std::vector<std::vector<NamedTensor>> shards(1);
  size_t in_shard = 0, total = 0;
  for (NamedTensor& tensor : tensors) {
    const size_t bytes = tensor.tensor.bytes.size();
    if (!shards.back().empty() && in_shard + bytes > max_shard_bytes) {
      shards.emplace_back();
      in_shard = 0;
    }
    in_shard += bytes;
    total += bytes;
    shards.back().push_back(std::move(tensor));
  }
  if (shards.size() == 1) {
    write_safetensors(directory / "model.safetensors", std::move(shards[0]), metadata);
    return;
  }
  nlohmann::ordered_json weight_map = nlohmann::ordered_json::object();
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name = shard_name(i, shards.size());
    for (const NamedTensor& tensor : shards[i]) weight_map[tensor.name] = name;
    write_safetensors(directory / name, std::move(shards[i]), metadata);
  }
  write_json_file(directory / "model.safetensors.index.json",
                  {{"metadata", {{"total_size", total}}}, {"weight_map", weight_map}});
}

}  // namespace limbeck::nlp
