#pragma once

#include <string>

#include "nlp/causal/causal_model.h"
#include "nlp/core/errors.h"

namespace limbeck::tools {

/// Options of commands that run a causal language model.
struct LanguageModelOptions {
  std::string model;           ///< .gguf file or model directory
  std::string dtype = "auto";  ///< auto | float32 | bfloat16 | int8

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model,
          "language model: a .gguf file, a folder that holds one, or a Hugging Face directory");
    visit("dtype", self.dtype,
          "arithmetic of the products: float32, bfloat16 or int8; auto: bfloat16");
  }

  /// Throws: ConfigError naming the option.
  void validate() const {
    if (model.empty())
      throw ConfigError(
          "--model: expected a language model (see `limbeck assets fetch language-model`)");
  }
  nlp::kernel::Arithmetic arithmetic() const {
    if (dtype == "float32") return nlp::kernel::Arithmetic::kFloat32;
    return dtype == "int8" ? nlp::kernel::Arithmetic::kInt8 : nlp::kernel::Arithmetic::kBFloat16;
  }
};

}  // namespace limbeck::tools
