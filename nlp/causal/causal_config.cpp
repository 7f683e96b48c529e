#include "nlp/causal/causal_config.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/text/json_field.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kMost = 1 << 24;

[[noreturn]] void unsupported(const JsonObject& json, const std::string& what) {
  throw UnsupportedError(json.where() + ": " + what + " is not supported");
}

double real(const JsonObject& json, const char* key, double fallback) {
  if (!json.has_value(key)) return fallback;
  const nlohmann::json& value = json.json()[key];
  if (!value.is_number() || !(value.get<double>() > 0)) json.fail(key, "a positive number");
  return value.get<double>();
}

int32_t token_id(const JsonObject& json, const char* key) {
  if (!json.has_value(key)) return -1;
  const nlohmann::json& value = json.json()[key];
  if (value.is_array() && !value.empty() && value[0].is_number_integer())
    return static_cast<int32_t>(value[0].get<int64_t>());
  return static_cast<int32_t>(json.integer(key, -1, 0, kMost));
}

/// Llama 3.1's stretching of the slow rotary frequencies.
/// Source: transformers, modeling_rope_utils (rope_type "llama3"): wavelengths beyond
/// original / low_factor are divided by `factor`, between the two bounds by a blend.
std::vector<double> llama3_divisors(const JsonObject& scaling, const CausalConfig& config) {
  const double factor = real(scaling, "factor", 8), low = real(scaling, "low_freq_factor", 1),
               high = real(scaling, "high_freq_factor", 4),
               original = real(scaling, "original_max_position_embeddings", 8192);
  std::vector<double> divisors;
  for (int64_t i = 0; i < config.head_width / 2; ++i) {
    const double exponent = 2.0 * static_cast<double>(i) / static_cast<double>(config.head_width);
    const double wavelength = 2 * M_PI * std::pow(config.rope_base, exponent);
    const double blend = (original / wavelength - low) / (high - low);
    if (wavelength < original / high)
      divisors.push_back(1);
    else if (wavelength > original / low)
      divisors.push_back(factor);
    else
      divisors.push_back(1 / ((1 - blend) / factor + blend));
  }
  return divisors;
}

void read_rope(const JsonObject& json, CausalConfig& config) {
  // transformers 5 writes rope_parameters, older ones rope_theta and rope_scaling.
  const bool is_new = json.has_value("rope_parameters");
  config.rope_base = real(is_new ? json.object("rope_parameters") : json, "rope_theta", 10000);
  const char* key = is_new ? "rope_parameters" : "rope_scaling";
  if (!json.has_value(key)) return;
  const JsonObject scaling = json.object(key);
  const std::string type = scaling.text("rope_type", scaling.text("type", "default"));
  if (type == "default") return;
  if (type == "linear")
    config.rope_divisors.assign(static_cast<size_t>(config.head_width / 2),
                                real(scaling, "factor", 1));
  else if (type == "llama3")
    config.rope_divisors = llama3_divisors(scaling, config);
  else
    unsupported(json, "rope_type '" + type + "'");
}

CausalConfig read_llama(const JsonObject& json, const std::string& type) {
  CausalConfig config;
  config.vocabulary_size = json.integer("vocab_size", 0, 1, kMost);
  config.hidden_size = json.integer("hidden_size", 0, 1, kMost);
  config.layers = json.integer("num_hidden_layers", 0, 1, 4096);
  config.heads = json.integer("num_attention_heads", 0, 1, 4096);
  config.key_value_heads = json.integer("num_key_value_heads", config.heads, 1, 4096);
  config.head_width =
      json.integer("head_dim", config.hidden_size / std::max<int64_t>(1, config.heads), 1, kMost);
  config.intermediate_size = json.integer("intermediate_size", 0, 1, kMost);
  config.max_positions = json.integer("max_position_embeddings", 2048, 1, kMost);
  config.norm_epsilon = real(json, "rms_norm_eps", 1e-6);
  if (json.text("hidden_act", "silu") != "silu")
    unsupported(json, "hidden_act '" + json.text("hidden_act", "") + "'");
  if (type == "mistral" && json.has_value("sliding_window")) unsupported(json, "sliding_window");
  if (json.boolean("use_sliding_window", false)) unsupported(json, "use_sliding_window");
  read_rope(json, config);
  return config;
}

CausalConfig read_gpt2(const JsonObject& json) {
  CausalConfig config;
  config.family = CausalFamily::kGpt2;
  config.vocabulary_size = json.integer("vocab_size", 0, 1, kMost);
  config.hidden_size = json.integer("n_embd", 0, 1, kMost);
  config.layers = json.integer("n_layer", 0, 1, 4096);
  config.heads = config.key_value_heads = json.integer("n_head", 0, 1, 4096);
  config.head_width = config.hidden_size / std::max<int64_t>(1, config.heads);
  config.intermediate_size = json.integer("n_inner", 4 * config.hidden_size, 1, kMost);
  config.max_positions = json.integer("n_positions", 1024, 1, kMost);
  config.norm_epsilon = real(json, "layer_norm_epsilon", 1e-5);
  const std::string activation = json.text("activation_function", "gelu_new");
  if (activation != "gelu_new") unsupported(json, "activation_function '" + activation + "'");
  if (json.boolean("scale_attn_by_inverse_layer_idx", false))
    unsupported(json, "scale_attn_by_inverse_layer_idx");
  return config;
}

}  // namespace

void require_sound(const CausalConfig& config, const std::string& where) {
  const auto require = [&](bool holds, const std::string& message) {
    if (!holds) throw DataError(where + ": " + message);
  };
  require(config.vocabulary_size > 0 && config.hidden_size > 0 && config.layers > 0 &&
              config.heads > 0 && config.key_value_heads > 0 && config.intermediate_size > 0 &&
              config.max_positions > 0,
          "sizes of the architecture are missing or 0");
  require(config.heads % config.key_value_heads == 0,
          std::to_string(config.heads) + " heads cannot share " +
              std::to_string(config.key_value_heads) + " key-value heads");
  require(config.head_width > 0 && config.head_width % 2 == 0,
          "expected heads of an even width, got " + std::to_string(config.head_width));
  require(config.group() <= 14, "more than 14 query heads share a key-value head");
  require(config.rope_divisors.empty() ||
              static_cast<int64_t>(config.rope_divisors.size()) == config.head_width / 2,
          "expected " + std::to_string(config.head_width / 2) + " rotary frequencies, got " +
              std::to_string(config.rope_divisors.size()));
}

CausalConfig read_causal_config(const std::filesystem::path& model_directory) {
  const std::filesystem::path file = model_directory / "config.json";
  if (!std::filesystem::exists(file))
    throw DataError(model_directory.string() +
                    ": no config.json and no .gguf file (expected a language model)");
  const nlohmann::json parsed = read_json_file(file);
  const JsonObject json(parsed, file.string());
  const std::string type = json.text("model_type", "");
  if (type != "llama" && type != "mistral" && type != "qwen2" && type != "gpt2")
    throw UnsupportedError(
        file.string() + ": model_type '" + type +
        "' is not a supported language model; known: llama, mistral, qwen2, gpt2");
  CausalConfig config = type == "gpt2" ? read_gpt2(json) : read_llama(json, type);
  config.begin_id = token_id(json, "bos_token_id");
  config.end_id = token_id(json, "eos_token_id");
  require_sound(config, file.string());
  return config;
}

}  // namespace limbeck::nlp
