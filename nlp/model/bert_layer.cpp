#include "nlp/model/bert_layer.h"

#include <ATen/ATen.h>

#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/model/embedding_rows.h"

namespace limbeck::nlp {
namespace {

/// Registers `owner.<first>.<second>...` for a dotted name, with empty modules on the way, as
/// checkpoints nest them.
template <class Holder>
Holder register_nested(torch::nn::Module& owner, const std::string& dotted, Holder part) {
  torch::nn::Module* parent = &owner;
  size_t begin = 0;
  for (size_t dot; (dot = dotted.find('.', begin)) != std::string::npos; begin = dot + 1) {
    const std::string name = dotted.substr(begin, dot - begin);
    const auto children = parent->named_children();
    const std::shared_ptr<torch::nn::Module>* found = children.find(name);
    parent = found ? found->get()
                   : parent->register_module(name, std::make_shared<torch::nn::Module>()).get();
  }
  parent->register_module(dotted.substr(begin), part);
  return part;
}

at::Tensor activate(const at::Tensor& x, const std::string& activation) {
  if (activation == "relu") return at::relu(x);
  return at::gelu(x, activation == "gelu" ? "none" : "tanh");
}

}  // namespace

RowNormImpl::RowNormImpl(int64_t width, double epsilon)
    : weight_(register_parameter("weight", at::ones({width}))),
      bias_(register_parameter("bias", at::zeros({width}))),
      epsilon_(epsilon) {}

at::Tensor RowNormImpl::forward(const at::Tensor& x) const {
  return at::layer_norm(x, {x.size(-1)}, weight_, bias_, epsilon_);
}

TableImpl::TableImpl(int64_t rows, int64_t width)
    : weight(register_parameter("weight", at::zeros({rows, width}))) {}

at::Tensor TableImpl::forward(const at::Tensor& ids) const { return embedding_rows(weight, ids); }

at::Tensor BertDropout::hidden(const at::Tensor& x, const BertConfig& config,
                               const std::string& site) const {
  return random ? random->dropout(x, config.hidden_dropout, site) : x;
}

BertEmbeddingsImpl::BertEmbeddingsImpl(const BertConfig& config) : config_(config) {
  const int64_t d = config.hidden_size;
  word_embeddings_ = register_module("word_embeddings", Table(config.vocabulary_size, d));
  position_embeddings_ = register_module("position_embeddings", Table(config.max_positions, d));
  token_type_embeddings_ =
      register_module("token_type_embeddings", Table(config.type_vocabulary_size, d));
  norm_ = register_module("LayerNorm", RowNorm(d, config.layer_norm_epsilon));
}

at::Tensor BertEmbeddingsImpl::forward(const PackedBatch& batch, const BertDropout& dropout) {
  const at::Tensor sum = word_embeddings_(batch.ids) + token_type_embeddings_(batch.type_ids) +
                         position_embeddings_(batch.positions);
  return dropout.hidden(norm_(sum), config_, "embeddings");
}

int64_t BertEmbeddingsImpl::parameter_count() const {
  return word_embeddings_->weight.numel() + position_embeddings_->weight.numel() +
         token_type_embeddings_->weight.numel();
}

BertLayerImpl::BertLayerImpl(const BertConfig& config, int64_t index)
    : config_(config), site_("layer" + std::to_string(index)) {
  const int64_t d = config.hidden_size, f = config.intermediate_size;
  query_ = register_nested(*this, "attention.self.query", Dense(d, d));
  key_ = register_nested(*this, "attention.self.key", Dense(d, d));
  value_ = register_nested(*this, "attention.self.value", Dense(d, d));
  attention_output_ = register_nested(*this, "attention.output.dense", Dense(d, d));
  attention_norm_ =
      register_nested(*this, "attention.output.LayerNorm", RowNorm(d, config.layer_norm_epsilon));
  intermediate_ = register_nested(*this, "intermediate.dense", Dense(d, f));
  output_ = register_nested(*this, "output.dense", Dense(f, d));
  output_norm_ = register_nested(*this, "output.LayerNorm", RowNorm(d, config.layer_norm_epsilon));
}

at::Tensor BertLayerImpl::attend(const at::Tensor& query, const at::Tensor& key,
                                 const at::Tensor& value, const PackedBatch& batch,
                                 const BertDropout& dropout) const {
  const bool drops = dropout.random != nullptr && config_.attention_dropout > 0;
  std::vector<at::Tensor> contexts;
  for (const LengthGroup& group : batch.groups) {
    const auto heads = [&](const at::Tensor& rows) {  // (sequences, heads, length, head width)
      return rows.narrow(0, group.first_row, group.sequences * group.length)
          .view({group.sequences, group.length, config_.heads, config_.head_width()})
          .transpose(1, 2);
    };
    at::Tensor context;
    if (drops) {
      const double scale = 1.0 / std::sqrt(static_cast<double>(config_.head_width()));
      const at::Tensor scores = at::matmul(heads(query) * scale, heads(key).transpose(2, 3));
      const std::string site = site_ + "/attention" + std::to_string(group.length);
      context = at::matmul(
          dropout.random->dropout(at::softmax(scores, -1), config_.attention_dropout, site),
          heads(value));
    } else {
      context = at::scaled_dot_product_attention(heads(query), heads(key), heads(value));
    }
    contexts.push_back(
        context.transpose(1, 2).reshape({group.sequences * group.length, config_.hidden_size}));
  }
  return contexts.size() == 1 ? contexts.front() : at::cat(contexts);
}

at::Tensor BertLayerImpl::forward(const at::Tensor& x, const PackedBatch& batch,
                                  const BertDropout& dropout) {
  const at::Tensor context = attend(query_(x), key_(x), value_(x), batch, dropout);
  const at::Tensor attended = attention_norm_(
      dropout.hidden(attention_output_(context), config_, site_ + "/attention_output") + x);
  const at::Tensor inner = activate(intermediate_(attended), config_.activation);
  return output_norm_(dropout.hidden(output_(inner), config_, site_ + "/output") + attended);
}

}  // namespace limbeck::nlp
