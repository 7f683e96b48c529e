#include "nlp/model/causal_directory.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "nlp/causal/causal_model.h"
#include "nlp/causal/weight_source.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/sha256.h"
#include "nlp/model/state_dict.h"
#include "nlp/tensor/gguf.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;

void read_weights(const WeightSource& source, const CausalConfig& config,
                  TrainableCausalModel& model) {
  CausalTransformerParts parts;
  parts.has_attention_bias = source.has("layers.0.self_attn.q_proj.bias");
  parts.has_own_head = source.has("lm_head.weight");
  model.storage = source.storage();
  model.transformer = CausalTransformer(config, parts);
  const at::NoGradGuard no_gradient;
  for (const auto& item : model.transformer->named_parameters()) {
    std::vector<float> values = source.values(item.key(), item.value().sizes().vec());
    item.value().copy_(at::from_blob(values.data(), item.value().sizes(), at::kFloat));
  }
}

TrainableCausalModel load_gguf(const fs::path& path) {
  const GgufFile file(path);
  const CausalConfig config = read_causal_config(file);
  TrainableCausalModel model;
  model.tokenizer = load_any_tokenizer(path);
  read_weights(*gguf_weights(file, config), config, model);
  model.config_json = causal_config_json(config, model.transformer->parts());
  return model;
}

nlohmann::ordered_json gpt2_json(const CausalConfig& config) {
  return {{"architectures", {"GPT2LMHeadModel"}},
          {"model_type", "gpt2"},
          {"vocab_size", config.vocabulary_size},
          {"n_embd", config.hidden_size},
          {"n_inner", config.intermediate_size},
          {"n_layer", config.layers},
          {"n_head", config.heads},
          {"n_positions", config.max_positions},
          {"layer_norm_epsilon", config.norm_epsilon},
          {"activation_function", "gelu_new"}};
}

nlohmann::ordered_json llama_json(const CausalConfig& config, CausalTransformerParts parts) {
  if (!config.rope_divisors.empty())
    throw UnsupportedError("config.json: rotary frequencies with divisors cannot be written");
  return {{"architectures", {parts.has_attention_bias ? "Qwen2ForCausalLM" : "LlamaForCausalLM"}},
          {"model_type", parts.has_attention_bias ? "qwen2" : "llama"},
          {"vocab_size", config.vocabulary_size},
          {"hidden_size", config.hidden_size},
          {"intermediate_size", config.intermediate_size},
          {"num_hidden_layers", config.layers},
          {"num_attention_heads", config.heads},
          {"num_key_value_heads", config.key_value_heads},
          {"head_dim", config.head_width},
          {"max_position_embeddings", config.max_positions},
          {"rms_norm_eps", config.norm_epsilon},
          {"rope_theta", config.rope_base},
          {"hidden_act", "silu"}};
}

}  // namespace

nlohmann::ordered_json causal_config_json(const CausalConfig& config,
                                          CausalTransformerParts parts) {
  nlohmann::ordered_json json =
      config.family == CausalFamily::kGpt2 ? gpt2_json(config) : llama_json(config, parts);
  json["tie_word_embeddings"] = !parts.has_own_head;
  json["torch_dtype"] = "float32";
  if (config.begin_id >= 0) json["bos_token_id"] = config.begin_id;
  if (config.end_id >= 0) json["eos_token_id"] = config.end_id;
  return json;
}

TrainableCausalModel load_trainable_causal_model(const fs::path& path) {
  if (const std::optional<fs::path> file = find_gguf(path)) return load_gguf(*file);
  if (!fs::exists(path)) throw DataError(path.string() + ": no such file or directory");
  const CausalConfig config = read_causal_config(path);
  TrainableCausalModel model;
  model.tokenizer = load_any_tokenizer(path);
  read_weights(*directory_weights(path), config, model);
  const nlohmann::json file = read_json_file(path / "config.json");
  model.config_json = nlohmann::ordered_json(file);
  model.config_json[file.contains("dtype") ? "dtype" : "torch_dtype"] = "float32";
  return model;
}

void save_causal_model(const fs::path& directory, const TrainableCausalModel& model) {
  fs::create_directories(directory);
  nlohmann::ordered_json config = model.config_json;
  config["tie_word_embeddings"] = !model.transformer->parts().has_own_head;
  write_json_file(directory / "config.json", config);
  model.tokenizer->save(directory);
  save_tensors(model.transformer->merged_state(), directory / "model.safetensors");
}

std::string causal_model_hash(const fs::path& path) {
  if (const std::optional<fs::path> file = find_gguf(path)) return sha256_hex_of_file(*file);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    const bool is_part = name == "config.json" || name == "spm.model" || name == "tokenizer.json" ||
                         name == "model.safetensors.index.json" ||
                         (name.starts_with("model") && name.ends_with(".safetensors"));
    if (is_part) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Sha256 hash;
  for (const fs::path& file : files)
    hash.update(file.filename().string() + "\n" + sha256_hex_of_file(file) + "\n");
  return hash.hex();
}

}  // namespace limbeck::nlp
