#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "nlp/model/causal_transformer.h"
#include "nlp/text/tokenizer.h"

namespace limbeck::nlp {

/// A causal language model that is trained, with its tokenizer.
struct TrainableCausalModel {
  CausalTransformer transformer{nullptr};
  std::shared_ptr<const Tokenizer> tokenizer;
  nlohmann::ordered_json config_json;  ///< config.json of the directory that is written
  std::string storage;  ///< how the file that was read keeps most weights, "Q4_1"; empty: drawn
};

/// The config.json that read_causal_config() and Hugging Face read as this configuration.
/// Throws: UnsupportedError for rotary divisors, which config.json has no place for.
nlohmann::ordered_json causal_config_json(const CausalConfig& config, CausalTransformerParts parts);

/// Reads the same paths as CausalModel: a .gguf file (dequantised), a directory that holds one, a
/// Hugging Face directory. Weights are float32.
/// Throws: DataError naming file and tensor or key.
TrainableCausalModel load_trainable_causal_model(const std::filesystem::path& path);

/// Writes config.json, model.safetensors (float32, adapters and changes of embeddings
/// merged) and the tokenizer, each
/// atomically; the directory is created.
void save_causal_model(const std::filesystem::path& directory, const TrainableCausalModel& model);

/// sha256 over the files that decide what a model computes.
std::string causal_model_hash(const std::filesystem::path& path);

}  // namespace limbeck::nlp
