#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::nlp {

/// The widest layer of a student or a head, and the most weights of a student: no machine trains
/// more, a greater number is a slip.
inline constexpr int64_t kMostWidth = 65'536, kMostParameters = int64_t{1} << 30;

/// Architecture of the BiLSTM sentence encoder (the student): `config.json` of its directory,
/// model_type "limbeck_bilstm".
///
/// Weights in model.safetensors, named as torch.nn.LSTM names them (gate order i, f, g, o; two
/// biases a layer):
///   embeddings.weight (V, E)
///   lstm.weight_ih_l{k}[_reverse] (4H, E or 2H)   lstm.weight_hh_l{k}[_reverse] (4H, H)
///   lstm.bias_ih_* lstm.bias_hh_* (4H) attention.dense.weight (A, 2H) attention.dense.bias (A)
///   attention.score.weight (1, A)    only for pooling "attention" projection.weight (D, 2H)
///   projection.bias (D)                                            only when projection_width > 0
/// Sentence vector: ids without special tokens (the unknown token when none is left) -> embeddings
/// -> BiLSTM layers
/// -> pooling over the real tokens -> projection -> divided by its l2 norm when `normalize`.
struct BiLstmConfig {
  int64_t vocabulary_size = 30522;
  int64_t embedding_width = 128;  ///< E
  int64_t hidden_width = 256;     ///< H, of one direction
  int64_t layers = 1;
  std::string pooling = "mean";    ///< last | mean | max | attention; "last" = [forward at the end;
                                   ///< backward at the start]
  int64_t attention_width = 128;   ///< A
  int64_t projection_width = 384;  ///< D, the teacher's width; 0 = no projection
  int64_t max_length = 128;        ///< tokens kept of a sentence
  bool normalize = true;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("vocabulary_size", self.vocabulary_size, "rows of the embedding table");
    visit("embedding_width", self.embedding_width, "width of a word-piece embedding");
    visit("hidden_width", self.hidden_width, "width of one LSTM direction");
    visit("layers", self.layers, "BiLSTM layers");
    visit("pooling", self.pooling, "last, mean, max or attention");
    visit("attention_width", self.attention_width, "hidden width of attention pooling");
    visit("projection_width", self.projection_width,
          "width of the sentence vector; 0: that of the pooled states");
    visit("max_length", self.max_length, "word pieces kept of a sentence");
    visit("normalize", self.normalize, "divide the sentence vector by its l2 norm");
  }
  /// Throws: ConfigError naming the field and the value.
  void validate() const;
  /// Weights of the whole encoder.
  int64_t parameter_count() const;
  int64_t pooled_width() const { return 2 * hidden_width; }
  int64_t vector_width() const { return projection_width > 0 ? projection_width : pooled_width(); }
};

/// The task head of a fine-tuned model: key "limbeck_head" of config.json; also written for BERT.
///
/// Student: x = pooled states u (single) or [u; v; |u - v|; u * v] (pair); head.dense.weight (F, X)
/// head.dense.bias (F), ReLU, head.out.weight (C, F) head.out.bias (C); F = 0: head.out.weight (C,
/// X) only. BERT: pooled vector of the (jointly encoded) text -> dropout -> head.out.weight (C, D)
/// head.out.bias (C).
struct HeadConfig {
  std::string task;  ///< name of the task table's row, or "custom"
  bool pair = false;
  bool regression = false;          ///< C = 1, the score itself
  std::vector<std::string> labels;  ///< names of the classes, in the order of the logits
  int64_t hidden_width = 0;         ///< F
  bool is_foreign = false;  ///< written by transformers, which does not say whether it is of pairs

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("task", self.task, "name of the task");
    visit("pair", self.pair, "two texts an example");
    visit("regression", self.regression, "a score instead of classes");
    visit("labels", self.labels, "class names in the order of the logits");
    visit("hidden_width", self.hidden_width, "width of the hidden layer, 0 for none");
  }
  int64_t output_width() const { return regression ? 1 : static_cast<int64_t>(labels.size()); }
};

/// Kind of model in a directory.
enum class ModelKind { kBert, kBiLstm };

/// Reads `model_type` of config.json. Throws: DataError when absent; UnsupportedError
/// `dir/config.json: model_type 'gpt2' is not supported here; known: bert, limbeck_bilstm`.
ModelKind model_kind(const std::filesystem::path& model_directory);

/// Throws: DataError naming file and key.
BiLstmConfig read_bilstm_config(const std::filesystem::path& model_directory);
nlohmann::ordered_json bilstm_config_json(const BiLstmConfig& config);

/// Key "limbeck_head" of config.json, if there is one. Throws: DataError naming file and key.
std::optional<HeadConfig> read_head_config(const std::filesystem::path& model_directory);

}  // namespace limbeck::nlp
