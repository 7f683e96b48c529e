#include "nlp/tensor/safetensors.h"

#include <utility>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/mapped_file.h"
#include "nlp/tensor/nearest_names.h"
#include "nlp/tensor/safetensors_header.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";

/// The file that holds the tensors of a model directory, or the path itself.
fs::path locate(const fs::path& path) {
  if (!fs::is_directory(path)) return path;
  if (fs::exists(path / kSingleFile)) return path / kSingleFile;
  if (fs::exists(path / kIndexFile)) return path / kIndexFile;
  std::string message =
      path.string() + ": expected " + kSingleFile + " or " + kIndexFile + ", found neither";
  if (fs::exists(path / "pytorch_model.bin"))
    message += " (pytorch_model.bin is a pickle, which is never executed: convert it)";
  throw DataError(message);
}

/// Tensor name to shard file, from the index. Throws: DataError when a shard is not a plain file
/// name.
std::map<std::string, std::string> read_weight_map(const fs::path& index) {
  const nlohmann::json json = read_json_file(index);
  const auto found = json.is_object() ? json.find("weight_map") : json.end();
  if (!json.is_object() || found == json.end() || !found->is_object())
    throw DataError(index.string() + ": expected an object with the key 'weight_map'");
  std::map<std::string, std::string> shards;
  for (const auto& [name, file] : found->items()) {
    const std::string shard = file.is_string() ? file.get<std::string>() : "";
    if (shard.empty() || shard != fs::path(shard).filename() || shard == "." || shard == "..")
      throw DataError(index.string() + ": tensor '" + name +
                      "': expected the name of a file beside the index, got " + file.dump());
    shards[name] = shard;
  }
  return shards;
}

}  // namespace

struct TensorStore::State {
  std::string where;
  std::vector<MappedFile> files;
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;

  SafetensorsContent map(const fs::path& path) {
    files.emplace_back(path);
    return parse_safetensors(files.back().bytes(), path.string());
  }

  void open_single(const fs::path& path) {
    SafetensorsContent content = map(path);
    tensors = std::move(content.tensors);
    metadata = std::move(content.metadata);
  }

  void open_index(const fs::path& index) {
    std::map<std::string, SafetensorsContent> shards;
    for (const auto& [name, file] : read_weight_map(index)) {
      const fs::path shard = index.parent_path() / file;
      if (!shards.contains(file)) {
        if (!fs::exists(shard))
          throw DataError(shard.string() + ": missing shard, which " + index.filename().string() +
                          " names for tensor '" + name + "' (is the model complete?)");
        metadata.merge((shards[file] = map(shard)).metadata);
      }
      const auto found = shards[file].tensors.find(name);
      if (found == shards[file].tensors.end())
        throw DataError(shard.string() + ": no tensor '" + name + "', which " +
                        index.filename().string() + " places there");
      tensors.insert(*found);
    }
  }
};

TensorStore::TensorStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
TensorStore::~TensorStore() = default;
TensorStore::TensorStore(TensorStore&&) noexcept = default;
TensorStore& TensorStore::operator=(TensorStore&&) noexcept = default;

TensorStore TensorStore::open(const fs::path& path) {
  auto state = std::make_unique<State>();
  const fs::path file = locate(path);
  state->where = file.string();
  if (file.extension() == ".json")
    state->open_index(file);
  else
    state->open_single(file);
  return TensorStore(std::move(state));
}

const std::map<std::string, TensorView>& TensorStore::tensors() const { return state_->tensors; }

const std::map<std::string, std::string>& TensorStore::metadata() const { return state_->metadata; }

bool TensorStore::contains(const std::string& name) const { return state_->tensors.contains(name); }

const TensorView& TensorStore::at(const std::string& name) const {
  const auto found = state_->tensors.find(name);
  if (found != state_->tensors.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, view] : state_->tensors) names.push_back(known);
  std::string nearest;
  for (const std::string& candidate : nearest_names(name, names, 3))
    nearest += (nearest.empty() ? "; nearest: '" : ", '") + candidate + "'";
  throw DataError(state_->where + ": no tensor '" + name + "'" +
                  (nearest.empty() ? "; the file holds none" : nearest));
}

void TensorStore::require_finite() const {
  for (const auto& [name, tensor] : state_->tensors)
    if (const std::optional<int64_t> position = first_not_finite(tensor))
      throw DataError(state_->where + ": tensor '" + name + "': value " +
                      std::to_string(*position) + " is not finite (a diverged or damaged model)");
}

const TensorView& TensorStore::at(const std::string& name,
                                  const std::vector<int64_t>& shape) const {
  const TensorView& tensor = at(name);
  if (tensor.shape != shape)
    throw DataError(state_->where + ": tensor '" + name + "': expected shape " + shape_text(shape) +
                    ", got " + shape_text(tensor.shape));
  return tensor;
}

}  // namespace limbeck::nlp
