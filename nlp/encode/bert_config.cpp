#include "nlp/encode/bert_config.h"

#include <algorithm>
#include <optional>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/text/json_field.h"

namespace limbeck::nlp {
namespace {

using Json = nlohmann::json;

constexpr int64_t kLargestSize = int64_t{1} << 24;

/// Typed keys of one JSON file; errors name the file.
class ConfigFile {
 public:
  explicit ConfigFile(const std::filesystem::path& path)
      : path_(path), json_(read_json_file(path)) {
    if (!json_.is_object())
      throw DataError(path.string() + ": expected a JSON object, got " + json_.type_name());
  }

  void read_size(const char* key, int64_t& value, int64_t least) const {
    const auto found = json_.find(key);
    if (found == json_.end())
      throw DataError(path_.string() + ": no key '" + std::string(key) +
                      "' (is this a BERT model?)");
    if (!found->is_number_integer() || *found < least || *found > kLargestSize)
      throw DataError(path_.string() + ": key '" + key + "': expected " + std::to_string(least) +
                      " to " + std::to_string(kLargestSize) + ", got " + found->dump());
    value = found->get<int64_t>();
  }

  void read_real(const char* key, double& value, double below) const {
    const auto found = json_.find(key);
    if (found == json_.end()) return;
    if (!found->is_number() || !(found->get<double>() >= 0) || !(found->get<double>() < below))
      throw DataError(path_.string() + ": key '" + key + "': expected a number in [0, " +
                      std::to_string(below) + "), got " + found->dump());
    value = found->get<double>();
  }

  std::optional<std::string> text(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) return std::nullopt;
    if (!found->is_string())
      throw DataError(path_.string() + ": key '" + key + "': expected a string, got " +
                      found->dump());
    return found->get<std::string>();
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Json json_;
};

constexpr const char* kModulePrefix = "sentence_transformers.";

constexpr std::pair<const char*, const char*> kPoolingFlags[] = {
    {"pooling_mode_cls_token", "cls"},
    {"pooling_mode_mean_tokens", "mean"},
    {"pooling_mode_max_tokens", "max"},
    {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len"},
    {"pooling_mode_weightedmean_tokens", "weightedmean"},
    {"pooling_mode_lasttoken", "lasttoken"}};

/// The one mode of a Pooling module; `pooling_mode` counts alone where it is given. Of the flags,
/// sentence-transformers takes the mean for set where it is not named.
std::string pooling_mode(const std::filesystem::path& path) {
  const Json json = read_json_file(path);
  const JsonObject file(json, path.string());
  std::string mode = file.text("pooling_mode", "");
  if (mode.empty())
    for (const auto& [key, name] : kPoolingFlags)
      if (file.boolean(key, std::string_view(name) == "mean"))
        mode += (mode.empty() ? "" : "+") + std::string(name);
  std::string known;
  for (const auto& [key, name] : kPoolingFlags) {
    if (mode == name) return mode;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw UnsupportedError(path.string() + ": pooling '" + mode +
                         "' is not supported; known: " + known);
}

void read_length_limit(const std::filesystem::path& path, SentencePooling& pooling) {
  if (!std::filesystem::exists(path)) return;
  const Json json = read_json_file(path);
  const int64_t limit = JsonObject(json, path.string())
                            .integer("max_seq_length", pooling.max_length, 1, kLargestSize);
  pooling.max_length = std::min(pooling.max_length, limit);
}

std::string required_text(const JsonObject& object, const char* key) {
  if (!object.has_value(key)) object.fail(key, "a string");
  return object.text(key, "");
}

/// Takes up one entry of modules.json.
void read_module(const JsonObject& module, const std::filesystem::path& file,
                 SentencePooling& pooling) {
  const std::string type = required_text(module, "type");
  const std::string name = type.substr(type.rfind('.') + 1);
  if (name == "Pooling")
    pooling.mode = pooling_mode(file.parent_path() / required_text(module, "path") / "config.json");
  else if (name == "Normalize")
    pooling.normalize = true;
  else if (name != "Transformer")
    throw UnsupportedError(file.string() + ": module '" + type +
                           "' is not supported; known: Transformer, Pooling, Normalize");
}

}  // namespace

BertConfig read_bert_config(const std::filesystem::path& model_directory) {
  const ConfigFile file(model_directory / "config.json");
  BertConfig config;
  file.read_size("vocab_size", config.vocabulary_size, 1);
  file.read_size("hidden_size", config.hidden_size, 1);
  file.read_size("num_hidden_layers", config.layers, 0);
  file.read_size("num_attention_heads", config.heads, 1);
  file.read_size("intermediate_size", config.intermediate_size, 1);
  file.read_size("max_position_embeddings", config.max_positions, 1);
  file.read_size("type_vocab_size", config.type_vocabulary_size, 1);
  file.read_real("layer_norm_eps", config.layer_norm_epsilon, 1.0);
  file.read_real("hidden_dropout_prob", config.hidden_dropout, 1.0);
  file.read_real("attention_probs_dropout_prob", config.attention_dropout, 1.0);
  if (config.hidden_size % config.heads != 0)
    throw DataError(file.path().string() + ": hidden_size " + std::to_string(config.hidden_size) +
                    " is not a multiple of num_attention_heads " + std::to_string(config.heads));
  config.activation = file.text("hidden_act").value_or("gelu");
  if (config.activation != "gelu" && config.activation != "gelu_new" && config.activation != "relu")
    throw UnsupportedError(file.path().string() + ": hidden_act '" + config.activation +
                           "' is not supported; known: gelu, gelu_new, relu");
  const std::string positions = file.text("position_embedding_type").value_or("absolute");
  if (positions != "absolute")
    throw UnsupportedError(file.path().string() + ": position_embedding_type '" + positions +
                           "' is not supported; known: absolute");
  return config;
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
    read_module({list[i], modules.string() + ": module " + std::to_string(i)}, modules, pooling);
  return pooling;
}

nlohmann::ordered_json bert_config_json(const BertConfig& config) {
  return {{"model_type", "bert"},
          {"architectures", {"BertModel"}},
          {"vocab_size", config.vocabulary_size},
          {"hidden_size", config.hidden_size},
          {"num_hidden_layers", config.layers},
          {"num_attention_heads", config.heads},
          {"intermediate_size", config.intermediate_size},
          {"max_position_embeddings", config.max_positions},
          {"type_vocab_size", config.type_vocabulary_size},
          {"layer_norm_eps", config.layer_norm_epsilon},
          {"hidden_dropout_prob", config.hidden_dropout},
          {"attention_probs_dropout_prob", config.attention_dropout},
          {"hidden_act", config.activation},
          {"position_embedding_type", "absolute"},
          {"initializer_range", 0.02},
          {"pad_token_id", 0}};
}

void write_sentence_pooling(const std::filesystem::path& model_directory,
                            const SentencePooling& pooling, const BertConfig& config) {
  const std::filesystem::path folder = model_directory / "1_Pooling";
  std::filesystem::create_directories(folder);
  nlohmann::ordered_json modes{{"word_embedding_dimension", config.hidden_size}};
  for (const auto& [key, name] : kPoolingFlags) modes[key] = pooling.mode == name;
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
