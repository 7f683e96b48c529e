#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nlp/causal/causal_config.h"
#include "nlp/tensor/affine_blocks.h"

namespace limbeck::nlp {

/// The tensors of a language model by their Hugging Face names without the prefix "model." or
/// "transformer.", in Hugging Face's layout, whatever file they come from.
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  virtual bool has(const std::string& name) const = 0;
  /// Throws: DataError naming file and tensor when it is missing or has another shape.
  virtual std::vector<float> values(const std::string& name,
                                    const std::vector<int64_t>& shape) const = 0;
  /// Row `row` of a (rows, width) table, to `out`.
  virtual void copy_row(const std::string& name, const std::vector<int64_t>& shape, int64_t row,
                        float* out) const = 0;
  /// A matrix as the file quantises it; empty when it does so in no form that AffineBlocks has.
  virtual std::optional<AffineBlocks> blocks(const std::string& /*name*/,
                                             const std::vector<int64_t>& /*shape*/) const {
    return std::nullopt;
  }
  /// "Q4_1" or "BF16": how most of the values are stored.
  virtual std::string storage() const = 0;
};

/// Is it a product that checkpoints of GPT-2 keep lying, (inputs, outputs)?
bool is_lying_product(const std::string& name);

class GgufFile;

/// The tensors of a GGUF file. Rotary rows of q and k, which llama.cpp keeps as neighbouring pairs,
/// are put back to halves. The file must outlive the source.
std::unique_ptr<WeightSource> gguf_weights(const GgufFile& file, const CausalConfig& config);

/// The tensors of a Hugging Face directory (safetensors).
std::unique_ptr<WeightSource> directory_weights(const std::filesystem::path& model_directory);

}  // namespace limbeck::nlp
