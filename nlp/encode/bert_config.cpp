#include "nlp/encode/bert_config.h"

#include <optional>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"

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

  bool has(const char* key) const { return json_.contains(key); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Json json_;
};

/// One name for each function: transformers has several for the erf and the tanh form of GELU.
std::string activation_of(const std::string& name) {
  if (name == "gelu_python") return "gelu";
  if (name == "gelu_fast" || name == "gelu_pytorch_tanh") return "gelu_new";
  return name;
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
  if (file.has("type_vocab_size"))
    file.read_size("type_vocab_size", config.type_vocabulary_size, 1);
  else
    config.type_vocabulary_size = 2;  // as transformers has it
  file.read_real("layer_norm_eps", config.layer_norm_epsilon, 1.0);
  file.read_real("hidden_dropout_prob", config.hidden_dropout, 1.0);
  file.read_real("attention_probs_dropout_prob", config.attention_dropout, 1.0);
  if (config.hidden_size % config.heads != 0)
    throw DataError(file.path().string() + ": hidden_size " + std::to_string(config.hidden_size) +
                    " is not a multiple of num_attention_heads " + std::to_string(config.heads));
  config.activation = activation_of(file.text("hidden_act").value_or("gelu"));
  if (config.activation != "gelu" && config.activation != "gelu_new" && config.activation != "relu")
    throw UnsupportedError(file.path().string() + ": hidden_act '" + config.activation +
                           "' is not supported; known: gelu, gelu_python, gelu_new, gelu_fast, "
                           "gelu_pytorch_tanh, relu");
  const std::string positions = file.text("position_embedding_type").value_or("absolute");
  if (positions != "absolute")
    throw UnsupportedError(file.path().string() + ": position_embedding_type '" + positions +
                           "' is not supported; known: absolute");
  return config;
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

}  // namespace limbeck::nlp
