#include "nlp/encode/sentence_pooling.h"

#include <algorithm>
#include <optional>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/text/json_field.h"

namespace limbeck::nlp {
namespace {

using Json = nlohmann::json;

constexpr int64_t kWidest = int64_t{1} << 24;
constexpr const char* kModulePrefix = "sentence_transformers.";
constexpr const char* kVector = "sentence_embedding";

/// A mode, the flag that older files have for it, and what `pooling_mode` calls it. In the order
/// in which sentence-transformers lays the vectors of several flags side by side.
struct Mode {
  const char* name;
  const char* flag;
  const char* key;
};

constexpr Mode kModes[] = {
    {"cls", "pooling_mode_cls_token", "cls"},
    {"max", "pooling_mode_max_tokens", "max"},
    {"mean", "pooling_mode_mean_tokens", "mean"},
    {"mean_sqrt_len", "pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"},
    {"weightedmean", "pooling_mode_weightedmean_tokens", "weightedmean"},
    {"lasttoken", "pooling_mode_lasttoken", "lasttoken"}};

constexpr const char* kActivations[] = {"Tanh", "Identity", "ReLU", "GELU", "Sigmoid"};

std::string joined(std::span<const std::string> words, const char* between) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : between) + word;
  return all;
}

/// Of a mode in the table.
ptrdiff_t place_of(const std::string& name) {
  return std::ranges::find(kModes, name, &Mode::name) - std::begin(kModes);
}

std::vector<std::string> keys_of(const SentencePooling& pooling) {
  std::vector<std::string> keys;
  for (const std::string& name : pooling.modes) keys.emplace_back(kModes[place_of(name)].key);
  return keys;
}

std::string mode_of_key(const JsonObject& file, const std::string& key) {
  std::vector<std::string> known;
  for (const Mode& mode : kModes) {
    if (key == mode.key) return mode.name;
    known.emplace_back(mode.key);
  }
  throw UnsupportedError(file.where() + ": pooling '" + key +
                         "' is not supported; known: " + joined(known, ", "));
}

/// `pooling_mode`: a word or several.
std::vector<std::string> modes_of_key(const JsonObject& file) {
  const Json& value = file.json()["pooling_mode"];
  if (!value.is_array()) return {mode_of_key(file, file.text("pooling_mode", ""))};
  std::vector<std::string> modes;
  for (const Json& one : value) {
    if (!one.is_string()) file.fail("pooling_mode", "words");
    modes.push_back(mode_of_key(file, one.get<std::string>()));
  }
  if (modes.empty()) file.fail("pooling_mode", "at least one word");
  return modes;
}

/// `pooling_mode` counts alone where it is given, else the flags that are set; no flag: the mean.
std::vector<std::string> pooling_modes(const std::filesystem::path& path) {
  const Json json = read_json_file(path);
  const JsonObject file(json, path.string());
  if (file.has_value("pooling_mode")) return modes_of_key(file);
  std::vector<std::string> modes;
  for (const Mode& mode : kModes)
    if (file.boolean(mode.flag, false)) modes.emplace_back(mode.name);
  return modes.empty() ? std::vector<std::string>{"mean"} : modes;
}

void read_length_limit(const std::filesystem::path& path, SentencePooling& pooling) {
  if (!std::filesystem::exists(path)) return;
  const Json json = read_json_file(path);
  const int64_t limit = JsonObject(json, path.string())
                            .integer("max_seq_length", pooling.max_length, 1, kWidest);
  pooling.max_length = std::min(pooling.max_length, limit);
}

std::string required_text(const JsonObject& object, const char* key) {
  if (!object.has_value(key)) object.fail(key, "a string");
  return object.text(key, "");
}

/// A module may read and write other things than the sentence vector; here none does.
void require_sentence_vector(const JsonObject& file) {
  for (const char* key : {"module_input_name", "module_output_name"}) {
    const std::string name = file.text(key, kVector);
    if (name != kVector)
      throw UnsupportedError(file.where() + ": " + key + " '" + name +
                             "' is not supported; known: " + kVector);
  }
}

std::string activation_name(const JsonObject& file) {
  const std::string given = file.text("activation_function", "torch.nn.modules.activation.Tanh");
  std::vector<std::string> known;
  for (const char* name : kActivations) {
    for (const char* place :
         {"torch.nn.", "torch.nn.modules.activation.", "torch.nn.modules.linear."})
      if (given == std::string(place) + name) return name;
    known.emplace_back(name);
  }
  throw UnsupportedError(file.where() + ": activation_function '" + given +
                         "' is not supported; known: " + joined(known, ", "));
}

DenseModule read_dense(const std::filesystem::path& folder, int64_t inputs) {
  const std::filesystem::path path = folder / "config.json";
  const Json json = read_json_file(path);
  const JsonObject file(json, path.string());
  require_sentence_vector(file);
  DenseModule dense;
  dense.folder = folder;
  dense.inputs = file.integer("in_features", 0, 1, kWidest);
  dense.outputs = file.integer("out_features", 0, 1, kWidest);
  if (dense.inputs != inputs)
    throw DataError(path.string() + ": in_features: expected " + std::to_string(inputs) +
                    ", the width of the vector before it, got " + std::to_string(dense.inputs));
  if (dense.outputs == 0) file.fail("out_features", "an integer");
  dense.has_bias = file.boolean("bias", true);
  dense.is_residual = file.boolean("use_residual", false);
  dense.activation = activation_name(file);
  return dense;
}

void read_normalize(const std::filesystem::path& folder, SentencePooling& pooling) {
  const std::filesystem::path path = folder / "config.json";
  if (std::filesystem::exists(path)) {
    const Json json = read_json_file(path);
    require_sentence_vector({json, path.string()});
  }
  (pooling.dense.empty() ? pooling.normalize : pooling.dense.back().normalize) = true;
}

/// Takes up one entry of modules.json.
void read_module(const JsonObject& module, const std::filesystem::path& file, int64_t hidden,
                 SentencePooling& pooling) {
  const std::string type = required_text(module, "type");
  const std::string name = type.substr(type.rfind('.') + 1);
  const auto folder = [&] { return file.parent_path() / required_text(module, "path"); };
  if (name == "Pooling") {
    if (pooling.normalize || !pooling.dense.empty())
      throw UnsupportedError(module.where() + ": expected Pooling before Dense and Normalize");
    pooling.modes = pooling_modes(folder() / "config.json");
  } else if (name == "Dense") {
    pooling.dense.push_back(read_dense(folder(), pooling.vector_width(hidden)));
  } else if (name == "Normalize") {
    // Its folder holds nothing in most models, which then may lack the path too.
    read_normalize(module.has_value("path") ? folder() : file.parent_path() / "Normalize", pooling);
  } else if (name != "Transformer") {
    throw UnsupportedError(file.string() + ": module '" + type +
                           "' is not supported; known: Transformer, Pooling, Dense, Normalize");
  }
}

}  // namespace

int64_t SentencePooling::pooled_width(int64_t hidden) const {
  return hidden * static_cast<int64_t>(modes.size());
}

int64_t SentencePooling::vector_width(int64_t hidden) const {
  return dense.empty() ? pooled_width(hidden) : dense.back().outputs;
}

bool SentencePooling::ends_normalized() const {
  return dense.empty() ? normalize : dense.back().normalize;
}

std::string SentencePooling::description() const {
  std::string text = joined(modes, "+");
  for (const DenseModule& one : dense) text += ", Dense " + std::to_string(one.outputs);
  return text;
}

SentencePooling read_sentence_pooling(const std::filesystem::path& model_directory,
                                      const BertConfig& config) {
  SentencePooling pooling;
  pooling.max_length = config.max_positions;
  read_length_limit(model_directory / "sentence_bert_config.json", pooling);
  const std::filesystem::path modules = model_directory / "modules.json";
  if (!std::filesystem::exists(modules)) return pooling;
  const Json list = read_json_file(modules);
  if (!list.is_array())
    throw DataError(modules.string() + ": expected a list of modules, got " + quoted_json(list));
  for (size_t i = 0; i < list.size(); ++i)
    read_module({list[i], modules.string() + ": module " + std::to_string(i)}, modules,
                config.hidden_size, pooling);
  return pooling;
}

void write_sentence_pooling(const std::filesystem::path& model_directory,
                            const SentencePooling& pooling, const BertConfig& config) {
  if (!pooling.dense.empty())
    throw ConfigError(model_directory.string() + ": Dense modules are not written");
  const std::filesystem::path folder = model_directory / "1_Pooling";
  std::filesystem::create_directories(folder);
  nlohmann::ordered_json modes{{"word_embedding_dimension", config.hidden_size}};
  for (const Mode& mode : kModes)
    modes[mode.flag] = std::ranges::count(pooling.modes, std::string(mode.name)) > 0;
  if (!std::ranges::is_sorted(pooling.modes, {}, place_of))
    modes["pooling_mode"] = keys_of(pooling);
  write_json_file(folder / "config.json", modes);
  write_json_file(model_directory / "sentence_bert_config.json",
                  {{"max_seq_length", pooling.max_length}, {"do_lower_case", false}});
  nlohmann::ordered_json modules = nlohmann::ordered_json::array();
  const auto add = [&](const std::string& path, const std::string& type) {
    const std::string index = std::to_string(modules.size());
    modules.push_back(
        nlohmann::ordered_json{{"idx", modules.size()},
                               {"name", index},
                               {"path", path},
                               {"type", kModulePrefix + std::string("models.") + type}});
  };
  add("", "Transformer");
  add("1_Pooling", "Pooling");
  if (pooling.normalize) add("2_Normalize", "Normalize");
  write_json_file(model_directory / "modules.json", modules);
}

}  // namespace limbeck::nlp
