#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace limbeck::nlp {

class GgufFile;

/// Families of causal language models.
enum class CausalFamily {
  kLlama,  ///< RMSNorm, rotary positions, SwiGLU; no biases (biases of q, k, v where the file has
           ///< them)
  kGpt2,   ///< LayerNorm, learned positions, GELU (tanh form), biases
};

/// Architecture of a causal language model.
struct CausalConfig {
  CausalFamily family = CausalFamily::kLlama;
  int64_t vocabulary_size = 0;  ///< V
  int64_t hidden_size = 0;      ///< D
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t key_value_heads = 0;    ///< divides heads
  int64_t head_width = 0;         ///< d
  int64_t intermediate_size = 0;  ///< width of the feed-forward part
  int64_t max_positions = 0;
  double norm_epsilon = 1e-5;
  double rope_base = 10000;
  std::vector<double> rope_divisors;   ///< (d / 2) of the frequencies; empty: all 1
  int32_t begin_id = -1, end_id = -1;  ///< -1: none

  int64_t query_width() const { return heads * head_width; }
  int64_t key_value_width() const { return key_value_heads * head_width; }
  int64_t group() const { return heads / key_value_heads; }
};

/// The config.json of a Hugging Face directory: model_type llama, mistral (without a sliding
/// window), qwen2 or gpt2. Throws: DataError naming file and key; UnsupportedError for another
/// architecture, activation or rotary scaling.
CausalConfig read_causal_config(const std::filesystem::path& model_directory);

/// The metadata of a GGUF file: architecture llama, qwen2 or gpt2. Throws: as read_causal_config.
CausalConfig read_causal_config(const GgufFile& file);

/// Checks what both readers must: sizes in range, heads that divide. `where` names the file.
void require_sound(const CausalConfig& config, const std::string& where);

}  // namespace limbeck::nlp
