#pragma once

#include <string>

#include "nlp/causal/causal_model.h"
#include "nlp/core/errors.h"

namespace limbeck::tools {

/// Options of commands that run a causal language model.
struct LanguageModelOptions {
  std::string model;           ///< .gguf file or model directory
  std::string dtype = "auto";  ///< auto | float32 | bfloat16 | int8 | stored

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model,
          "language model: a .gguf file, a folder that holds one, or a Hugging Face directory");
    visit("dtype", self.dtype,
          "weights in memory: float32, bfloat16, int8, or stored: those that a GGUF file has as "
          "Q4_0, Q4_1, Q5_0, Q5_1 or Q8_0 as they are, all others (K-quants too) rounded to blocks "
          "of 8 bits; auto: bfloat16");
  }

  /// Throws: ConfigError naming the option.
  void validate() const {
    if (model.empty())
      throw ConfigError(
          "--model: expected a language model (see `limbeck assets fetch language-model`)");
  }
  nlp::WeightFormat format() const {
    if (dtype == "float32") return nlp::WeightFormat::kFloat32;
    if (dtype == "stored") return nlp::WeightFormat::kStored;
    return dtype == "int8" ? nlp::WeightFormat::kInt8 : nlp::WeightFormat::kBFloat16;
  }
};

}  // namespace limbeck::tools
