#pragma once

#include <string>
#include <vector>

#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// What `limbeck inspect` looks at.
struct InspectOptions {
  std::string model;           ///< model directory, .safetensors, .gguf or TorchScript file
  bool graph = false;          ///< its operations in place of its tensors
  std::vector<int64_t> shape;  ///< of one input of a TorchScript file, without the batch dimension
  int64_t tokens = 8;          ///< rows of the embedding table that a classifier is given; >= 1
  int64_t heads = 4;           ///< attention heads of a word-level Transformer's safetensors file
  std::string vocabulary;      ///< its words; empty: vocab.txt beside it

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model, "model directory, .safetensors, .gguf or TorchScript file");
    visit("graph", self.graph,
          "show the operations of a classifier and which bounds of `limbeck certify` know them");
    visit("shape", self.shape, "sizes of one input of a TorchScript file, such as 1 28 28");
    visit("tokens", self.tokens, "length of the sentence that a classifier is given");
    visit("heads", self.heads, "attention heads of a word-level Transformer's safetensors file");
    visit("vocabulary", self.vocabulary,
          "words of a word-level Transformer, one a line; none: vocab.txt beside the model");
  }
};

/// `limbeck inspect`: tensors are listed without LibTorch, operations by limbeck-train.
class InspectCommand final : public Command {
 public:
  InspectCommand();
  int run(const Invocation& invocation) override;

  const InspectOptions& options() const { return options_; }

 private:
  InspectOptions options_;
};

}  // namespace limbeck::tools
