#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nlp/causal/causal_forward.h"
#include "nlp/causal/prompt_encoder.h"
#include "nlp/text/tokenizer.h"

namespace limbeck::nlp {

class GgufFile;

/// A causal language model for inference, with its tokenizer. Immutable: threads may share it.
class CausalModel {
 public:
  /// Reads a .gguf file, a directory that holds one, or a Hugging Face directory.
  /// Throws: DataError naming file and key or tensor; UnsupportedError for what is not implemented.
  CausalModel(const std::filesystem::path& path, WeightFormat format);
  ~CausalModel();

  const CausalConfig& config() const { return config_; }
  const CausalWeights& weights() const { return *weights_; }
  const Tokenizer& tokenizer() const { return *tokenizer_; }
  /// "llama, 30 layers x 576, 134.5 million parameters, Q4_1"
  std::string description() const;

  /// Tokens that end a text: the model's own, and what its family uses, such as <|endoftext|>.
  const std::vector<int32_t>& end_ids() const { return end_ids_; }
  bool is_end(int32_t id) const;

  /// As causal_forward().
  CausalStates forward(std::span<const TokenRun> runs, CausalWorkspace& workspace) const {
    return causal_forward(config_, *weights_, *rotary_, runs, workspace);
  }
  /// Scores of the next token, (rows, V), of (rows, D) states; valid until the next use.
  const float* logits(const float* states, int64_t rows, CausalWorkspace& workspace) const;

  /// Ids of a text as the model is asked to go on from it; never empty.
  /// Throws: ConfigError for an empty text when the model has no token that begins one.
  std::vector<int32_t> prompt_ids(const std::string& text) const;
  /// As PromptEncoder::document_ids(): of a running text that is to be scored.
  std::vector<int32_t> document_ids(const std::string& text) const;
  /// The text that ids add to a prompt.
  std::string continuation_text(const std::vector<int32_t>& ids) const;

 private:
  std::unique_ptr<GgufFile> file_;
  CausalConfig config_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<PromptEncoder> encoder_;
  std::unique_ptr<CausalWeights> weights_;
  std::unique_ptr<RotaryTable> rotary_;
  std::vector<int32_t> end_ids_;
};

/// The .gguf file that `path` is, or that a directory without config.json holds (just one).
/// Throws: DataError when there are several.
std::optional<std::filesystem::path> find_gguf(const std::filesystem::path& path);

/// The tokenizer of any model path: of a GGUF file, else load_tokenizer().
std::unique_ptr<Tokenizer> load_any_tokenizer(const std::filesystem::path& path);

}  // namespace limbeck::nlp
