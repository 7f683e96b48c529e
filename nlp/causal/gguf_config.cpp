#include "nlp/causal/causal_config.h"
#include "nlp/core/errors.h"
#include "nlp/tensor/gguf.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kLargestSize = 1 << 24;

int32_t optional_id(const GgufFile& file, const char* key) {
  return file.has(key) ? static_cast<int32_t>(file.integer(key, 0, kLargestSize)) : -1;
}

/// Divisors of the rotary frequencies, which newer Llama files carry as a tensor.
std::vector<double> rope_divisors(const GgufFile& file, int64_t count) {
  if (!file.has_tensor("rope_freqs.weight")) return {};
  const GgufTensor& tensor = file.at("rope_freqs.weight", {count});
  std::vector<float> values(static_cast<size_t>(count));
  dequantise(tensor.type, tensor.bytes, values);
  return {values.begin(), values.end()};
}

}  // namespace

CausalConfig read_causal_config(const GgufFile& file) {
  const std::string family = file.text("general.architecture");
  if (family != "llama" && family != "qwen2" && family != "gpt2")
    throw UnsupportedError(file.where() + ": architecture '" + family +
                           "' is not supported; known: llama, qwen2, gpt2");
  const auto size = [&](const char* key) { return file.integer(family + key, 1, kLargestSize); };
  CausalConfig config;
  config.family = family == "gpt2" ? CausalFamily::kGpt2 : CausalFamily::kLlama;
  config.vocabulary_size = file.at("token_embd.weight").shape.front();  // may be padded
  config.hidden_size = size(".embedding_length");
  config.layers = size(".block_count");
  config.heads = config.key_value_heads = size(".attention.head_count");
  if (file.has(family + ".attention.head_count_kv"))
    config.key_value_heads = size(".attention.head_count_kv");
  config.head_width = file.has(family + ".attention.key_length")
                          ? size(".attention.key_length")
                          : config.hidden_size / config.heads;
  config.intermediate_size = size(".feed_forward_length");
  config.max_positions = size(".context_length");
  config.norm_epsilon =
      file.real(family + (family == "gpt2" ? ".attention.layer_norm_epsilon"
                                           : ".attention.layer_norm_rms_epsilon"));
  if (file.has(family + ".rope.freq_base"))
    config.rope_base = file.real(family + ".rope.freq_base");
  if (file.has(family + ".rope.dimension_count") &&
      size(".rope.dimension_count") != config.head_width)
    throw UnsupportedError(file.where() + ": rotary positions on a part of the head (" + family +
                           ".rope.dimension_count) are not supported");
  if (file.has(family + ".rope.scaling.type") && file.text(family + ".rope.scaling.type") != "none")
    throw UnsupportedError(file.where() + ": rope.scaling.type '" +
                           file.text(family + ".rope.scaling.type") + "' is not supported");
  config.rope_divisors = rope_divisors(file, config.head_width / 2);
  config.begin_id = optional_id(file, "tokenizer.ggml.bos_token_id");
  config.end_id = optional_id(file, "tokenizer.ggml.eos_token_id");
  require_sound(config, file.where());
  return config;
}

}  // namespace limbeck::nlp
