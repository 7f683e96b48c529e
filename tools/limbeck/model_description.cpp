#include "tools/limbeck/model_description.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "nlp/core/json_file.h"
#include "nlp/tensor/gguf.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMostListed = 8;

bool starts_with(const std::filesystem::path& file, const char* magic) {
  std::ifstream stream(file, std::ios::binary);
  char start[4] = {};
  return stream.read(start, sizeof start) && std::memcmp(start, magic, sizeof start) == 0;
}

void add_tensor(Json& json, const std::string& name, std::string_view dtype,
                const std::vector<int64_t>& shape, int64_t count, size_t bytes) {
  json["parameters"] = json["parameters"].get<int64_t>() + count;
  json["bytes"] = json["bytes"].get<size_t>() + bytes;
  json["tensors"].push_back({{"name", name}, {"dtype", dtype}, {"shape", shape}, {"bytes", bytes}});
}

/// A short list as it is; of a long one its length and first values.
Json listed(int64_t count, const auto& value_at) {
  Json first = Json::array();
  for (int64_t i = 0; i < std::min(count, kMostListed); ++i) first.push_back(value_at(i));
  return count <= kMostListed ? first : Json{{"count", count}, {"first", first}};
}

Json value_of(const nlp::GgufValue& value) {
  if (const auto* texts = std::get_if<std::vector<std::string_view>>(&value.data)) {
    const auto text_at = [&](int64_t i) { return Json((*texts)[static_cast<size_t>(i)]); };
    return value.is_list ? listed(static_cast<int64_t>(texts->size()), text_at) : text_at(0);
  }
  const nlp::GgufNumbers& numbers = std::get<nlp::GgufNumbers>(value.data);
  const auto number_at = [&](int64_t i) {
    return numbers.is_integral() ? Json(numbers.integer(i)) : Json(numbers.real(i));
  };
  return value.is_list ? listed(numbers.count, number_at) : number_at(0);
}

void add_gguf(Json& json, const std::filesystem::path& model) {
  const nlp::GgufFile file(model);
  json["metadata"] = Json::object();
  for (const auto& [key, value] : file.content().metadata)
    json["metadata"][std::string(key)] = value_of(value);
  json["tensors"] = Json::array();
  for (const auto& [name, tensor] : file.content().tensors)
    add_tensor(json, std::string(name), nlp::ggml_layout(tensor.type).name, tensor.shape,
               tensor.element_count(), tensor.bytes.size());
}

void add_safetensors(Json& json, const std::filesystem::path& model) {
  const nlp::TensorStore store = nlp::TensorStore::open(model);
  json["metadata"] = store.metadata();
  json["tensors"] = Json::array();
  for (const auto& [name, tensor] : store.tensors())
    add_tensor(json, name, nlp::dtype_name(tensor.dtype), tensor.shape, tensor.element_count(),
               tensor.bytes.size());
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

/// Bytes that are not UTF-8 (tokens of a byte-level vocabulary) are replaced.
std::string text_of(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

bool is_zip_archive(const std::filesystem::path& file) { return starts_with(file, "PK\x03\x04"); }

Json describe_model(const std::filesystem::path& model) {
  Json json = {{"model", model.string()}};
  if (std::filesystem::is_directory(model) && std::filesystem::exists(model / "config.json"))
    json["config"] = read_json_file(model / "config.json");
  json["parameters"] = int64_t{0};
  json["bytes"] = size_t{0};
  if (starts_with(model, "GGUF"))
    add_gguf(json, model);
  else
    add_safetensors(json, model);
  return json;
}

std::string description_text(const Json& json) {
  std::string text = json["model"].get<std::string>() + "\n";
  for (const char* part : {"config", "metadata"})
    if (json.contains(part))
      for (const auto& [key, value] : json[part].items())
        text += "  " + padded(key, 32) + " " + text_of(value) + "\n";
  text += "tensors: " + std::to_string(json["tensors"].size()) +
          ", parameters: " + json["parameters"].dump() + ", bytes: " + json["bytes"].dump() + "\n";
  for (const auto& tensor : json["tensors"])
    text += "  " + padded(tensor["name"].get<std::string>(), 60) + " " +
            padded(tensor["dtype"].get<std::string>(), 5) + tensor["shape"].dump() + "\n";
  return text;
}

}  // namespace limbeck::tools
