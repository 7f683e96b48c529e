#include "nlp/encode/bilstm_config.h"

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"

namespace limbeck::nlp {
namespace {

constexpr const char* kModelType = "limbeck_bilstm";

void require(bool holds, const char* field, const std::string& expected, const std::string& got) {
  if (!holds)
    throw ConfigError(std::string("student: ") + field + ": expected " + expected + ", got " + got);
}

std::string model_type(const std::filesystem::path& file, const nlohmann::json& json) {
  const auto found = json.is_object() ? json.find("model_type") : json.end();
  if (!json.is_object() || found == json.end() || !found->is_string())
    throw DataError(file.string() + ": expected a key \"model_type\" (is this a model directory?)");
  return found->get<std::string>();
}

}  // namespace

void BiLstmConfig::validate() const {
  const auto in_range = [](const char* field, int64_t value, int64_t low, int64_t high) {
    require(value >= low && value <= high, field,
            std::to_string(low) + " to " + std::to_string(high), std::to_string(value));
  };
  in_range("vocabulary_size", vocabulary_size, 1, int64_t{1} << 24);
  in_range("embedding_width", embedding_width, 1, kMostWidth);
  in_range("hidden_width", hidden_width, 1, kMostWidth);
  in_range("layers", layers, 1, 64);
  in_range("attention_width", attention_width, 1, kMostWidth);
  in_range("projection_width", projection_width, 0, kMostWidth);
  in_range("max_length", max_length, 1, 1 << 20);
  require(pooling == "last" || pooling == "mean" || pooling == "max" || pooling == "attention",
          "pooling", "last, mean, max or attention", "'" + pooling + "'");
  if (parameter_count() > kMostParameters)
    throw ConfigError("student: expected at most " + std::to_string(kMostParameters) +
                      " weights, got " + std::to_string(parameter_count()) +
                      " (give smaller widths)");
}

int64_t BiLstmConfig::parameter_count() const {
  int64_t count = vocabulary_size * embedding_width;
  for (int64_t layer = 0; layer < layers; ++layer)
    count +=
        8 * hidden_width * ((layer == 0 ? embedding_width : pooled_width()) + hidden_width + 2);
  if (pooling == "attention") count += attention_width * (pooled_width() + 2);
  return count + projection_width * (pooled_width() + 1);
}

ModelKind model_kind(const std::filesystem::path& model_directory) {
  const std::filesystem::path file = model_directory / "config.json";
  if (!std::filesystem::exists(file))
    throw DataError(model_directory.string() +
                    ": no config.json (expected a model directory in the Hugging Face layout)");
  const std::string type = model_type(file, read_json_file(file));
  if (type == "bert") return ModelKind::kBert;
  if (type == kModelType) return ModelKind::kBiLstm;
  throw UnsupportedError(file.string() + ": model_type '" + type +
                         "' is not supported here; known: bert, " + kModelType);
}

BiLstmConfig read_bilstm_config(const std::filesystem::path& model_directory) {
  const std::filesystem::path file = model_directory / "config.json";
  const nlohmann::json json = read_json_file(file);
  if (model_type(file, json) != kModelType)
    throw DataError(file.string() + ": expected model_type '" + kModelType + "', got '" +
                    model_type(file, json) + "'");
  nlohmann::json known = nlohmann::json::object();
  for (const std::string& name : field_names<BiLstmConfig>())
    if (json.contains(name)) known[name] = json[name];
  BiLstmConfig config;
  try {
    options_from_json(config, known, file.string());
    config.validate();
  } catch (const ConfigError& error) {
    throw DataError(error.what());
  }
  return config;
}

nlohmann::ordered_json bilstm_config_json(const BiLstmConfig& config) {
  nlohmann::ordered_json json{{"model_type", kModelType}, {"architectures", {"LimbeckBiLstm"}}};
  json.update(options_to_json(config));
  return json;
}

std::optional<HeadConfig> read_head_config(const std::filesystem::path& model_directory) {
  const std::filesystem::path file = model_directory / "config.json";
  const nlohmann::json json = read_json_file(file);
  const auto found = json.is_object() ? json.find("limbeck_head") : json.end();
  if (!json.is_object() || found == json.end()) return std::nullopt;
  const std::string where = file.string() + ": limbeck_head";
  HeadConfig head;
  try {
    options_from_json(head, *found, where);
  } catch (const ConfigError& error) {
    throw DataError(error.what());
  }
  if (head.hidden_width < 0 || head.hidden_width > kMostWidth)
    throw DataError(where + ": hidden_width: expected 0 to " + std::to_string(kMostWidth) +
                    ", got " + std::to_string(head.hidden_width));
  if (!head.regression && head.labels.size() < 2)
    throw DataError(where + ": labels: expected at least 2, got " +
                    std::to_string(head.labels.size()));
  return head;
}

}  // namespace limbeck::nlp
