#include "verify/network/word_transformer.h"

#include <ATen/ATen.h>

#include <sstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

/// The layers as one function of embeddings.
class Layers {
 public:
  Layers(WeightFile weights, int64_t heads, bool has_variance)
      : weights_(std::move(weights)), heads_(heads), has_variance_(has_variance) {
    while (weights_.contains(layer_name(layers_) + "output.dense.weight")) ++layers_;
    const int64_t width = weights_.at("linear_in.weight").size(0);
    if (heads_ <= 0 || width % heads_ != 0)
      throw ConfigError("--heads: expected a divisor of the width " + std::to_string(width) +
                        ", got " + std::to_string(heads_));
  }

  at::Tensor operator()(const at::Tensor& embeddings) const {
    const WeightFile& w = weights_;
    at::Tensor x = norm(w.dense(embeddings, "linear_in"), "LayerNorm");
    for (int64_t i = 0; i < layers_; ++i) {
      const std::string name = layer_name(i), self = name + "attention.self.";
      // Of the last layer only the first word is read.
      const at::Tensor read = i + 1 == layers_ ? x.narrow(1, 0, 1) : x;
      const at::Tensor mixed = attention(w.dense(read, self + "query"), w.dense(x, self + "key"),
                                         w.dense(x, self + "value"), heads_);
      x = norm(w.dense(mixed, name + "attention.output.dense") + read,
               name + "attention.output.LayerNorm");
      const at::Tensor hidden = w.dense(x, name + "intermediate.dense").relu();
      x = norm(w.dense(hidden, name + "output.dense") + x, name + "output.LayerNorm");
    }
    return w.dense(w.dense(x.select(1, 0), "bert.pooler.dense").tanh(), "classifier");
  }

 private:
  at::Tensor norm(const at::Tensor& x, const std::string& name) const {
    return has_variance_ ? weights_.layer_norm(x, name) : weights_.centre(x, name);
  }

  static std::string layer_name(int64_t i) {
    return "bert.encoder.layer." + std::to_string(i) + ".";
  }

  WeightFile weights_;
  int64_t heads_, layers_ = 0;
  bool has_variance_;
};

}  // namespace

TensorFunction word_transformer_function(const WeightFile& weights, int64_t heads,
                                         bool has_variance) {
  return Layers(weights, heads, has_variance);
}

std::vector<std::string> read_word_list(const std::filesystem::path& file) {
  std::vector<std::string> words;
  std::istringstream stream(read_file(file));
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    words.push_back(line);
  }
  while (!words.empty() && words.back().empty()) words.pop_back();
  return words;
}

WordModel load_word_transformer(const std::filesystem::path& weights,
                                const std::filesystem::path& vocabulary,
                                const WordTransformerOptions& options) {
  const WeightFile file(weights, options.dtype);
  return WordModel(read_word_list(vocabulary), file.at("embeddings.word_embeddings.weight"),
                   Layers(file, options.heads, false));
}

}  // namespace limbeck::verify
