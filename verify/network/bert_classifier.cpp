#include "verify/network/bert_classifier.h"

#include <ATen/ATen.h>

#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/encode/bert_names.h"

namespace limbeck::verify {
namespace {

class Bert {
 public:
  Bert(const WeightFile& weights, const nlp::BertConfig& config, nlp::SentencePooling pooling)
      : w_(weights),
        prefix_(nlp::bert_prefix(weights)),
        config_(config),
        pooling_(std::move(pooling)) {
    w_.at(prefix_ + "embeddings.position_embeddings.weight");
    w_.at(prefix_ + "embeddings.token_type_embeddings.weight");
    is_hugging_face_ = w_.contains("classifier.weight") && !w_.contains("head.out.weight");
    w_.at(is_hugging_face_ ? "bert.pooler.dense.weight" : "head.out.weight");
  }

  at::Tensor operator()(const at::Tensor& rows) const {
    const at::Tensor positions =
        w_.at(prefix_ + "embeddings.position_embeddings.weight").narrow(0, 0, rows.size(1));
    const at::Tensor type = w_.at(prefix_ + "embeddings.token_type_embeddings.weight")[0];
    at::Tensor x = norm(rows + (positions + type).unsqueeze(0), "embeddings.LayerNorm");
    for (int64_t i = 0; i < config_.layers; ++i)
      x = layer(x, "encoder.layer." + std::to_string(i) + ".",
                i + 1 == config_.layers && reads_first_piece());
    return head(x);
  }

 private:
  at::Tensor dense(const at::Tensor& x, const std::string& name) const {
    return w_.dense(x, prefix_ + name);
  }

  at::Tensor norm(const at::Tensor& x, const std::string& name) const {
    return at::layer_norm(x, {x.size(-1)}, w_.at(nlp::bert_tensor_name(w_, name + ".weight")),
                          w_.at(nlp::bert_tensor_name(w_, name + ".bias")),
                          config_.layer_norm_epsilon);
  }

  at::Tensor activate(const at::Tensor& x) const {
    if (config_.activation == "relu") return at::relu(x);
    return at::gelu(x, config_.activation == "gelu" ? "none" : "tanh");
  }

  bool reads_first_piece() const {
    return is_hugging_face_ || pooling_.modes == std::vector<std::string>{"cls"};
  }

  at::Tensor layer(const at::Tensor& x, const std::string& name, bool only_first) const {
    const std::string self = name + "attention.self.";
    const at::Tensor read = only_first ? x.narrow(1, 0, 1) : x;
    const at::Tensor mixed = attention(dense(read, self + "query"), dense(x, self + "key"),
                                       dense(x, self + "value"), config_.heads);
    const at::Tensor attended = norm(dense(mixed, name + "attention.output.dense") + read,
                                     name + "attention.output.LayerNorm");
    const at::Tensor inner = activate(dense(attended, name + "intermediate.dense"));
    return norm(dense(inner, name + "output.dense") + attended, name + "output.LayerNorm");
  }

  static at::Tensor of_mode(const at::Tensor& x, const std::string& mode) {
    const int64_t length = x.size(1);
    if (mode == "cls") return x.select(1, 0);
    if (mode == "max") return x.amax(1);
    if (mode == "lasttoken") return x.select(1, length - 1);
    if (mode == "mean_sqrt_len") return x.mean(1) * std::sqrt(static_cast<double>(length));
    if (mode == "mean") return x.mean(1);
    if (mode != "weightedmean") throw UnsupportedError("pooling '" + mode + "'");
    const at::Tensor weights =
        at::arange(1, length + 1, x.options()) * (2.0 / static_cast<double>(length * (length + 1)));
    return (x * weights.view({1, length, 1})).sum(1);
  }

  at::Tensor pooled(const at::Tensor& x) const {
    if (!pooling_.dense.empty()) throw UnsupportedError("a module Dense before the task head");
    std::vector<at::Tensor> parts;
    for (const std::string& mode : pooling_.modes) parts.push_back(of_mode(x, mode));
    const at::Tensor vector = parts.size() == 1 ? parts.front() : at::cat(parts, -1);
    if (!pooling_.normalize) return vector;
    return vector / vector.square().sum(-1, /*keepdim=*/true).sqrt().clamp_min(1e-12);
  }

  at::Tensor head(const at::Tensor& x) const {
    if (is_hugging_face_)
      return w_.dense(w_.dense(x.select(1, 0), "bert.pooler.dense").tanh(), "classifier");
    at::Tensor features = pooled(x);
    if (w_.contains("head.dense.weight")) features = w_.dense(features, "head.dense").relu();
    return w_.dense(features, "head.out");
  }

  WeightFile w_;
  std::string prefix_;
  nlp::BertConfig config_;
  nlp::SentencePooling pooling_;
  bool is_hugging_face_ = false;
};

}  // namespace

TensorFunction bert_classifier_function(const WeightFile& weights, const nlp::BertConfig& config,
                                        const nlp::SentencePooling& pooling) {
  return Bert(weights, config, pooling);
}

at::Tensor bert_word_table(const WeightFile& weights) {
  return weights.at(nlp::bert_tensor_name(weights, nlp::kBertWordTable));
}

}  // namespace limbeck::verify
