#include "nlp/model/bert_encoder.h"

#include <ATen/ATen.h>

#include <string>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

/// token_pooling.h's vectors, sentences in the order of the batch: (N, W) to (B, W).
at::Tensor pooled_rows(const at::Tensor& hidden, const PackedBatch& batch,
                       const std::string& mode) {
  const RowSegments& segments = batch.segments;
  if (mode == "cls") return hidden.index_select(0, batch.first_rows);
  if (mode == "max") return segment_max(hidden, segments);
  if (mode == "mean") return segment_mean(hidden, segments);
  if (mode == "lasttoken") return hidden.index_select(0, batch.first_rows + segments.lengths - 1);
  const at::Tensor length = segments.lengths.to(hidden.scalar_type()).unsqueeze(1);
  if (mode == "mean_sqrt_len") return segment_mean(hidden, segments) * length.sqrt();
  if (mode != "weightedmean") throw ConfigError("pooling: unknown mode '" + mode + "'");
  const at::Tensor weight = (batch.positions + 1).to(hidden.scalar_type()).unsqueeze(1);
  return segment_sum(hidden * weight, segments) / (length * (length + 1) / 2);
}

}  // namespace

BertEncoderImpl::BertEncoderImpl(const BertConfig& config) : config_(config) {
  embeddings_ = register_module("embeddings", BertEmbeddings(config));
  const auto encoder = register_module("encoder", std::make_shared<torch::nn::Module>());
  const auto list = encoder->register_module("layer", std::make_shared<torch::nn::Module>());
  for (int64_t i = 0; i < config.layers; ++i)
    layers_.push_back(list->register_module(std::to_string(i), BertLayer(config, i)));
}

BertHidden BertEncoderImpl::forward(const PackedBatch& batch, const StepRandom* random,
                                    bool keep_layers) {
  if (!batch.groups.empty() && batch.groups.front().length > config_.max_positions)
    throw ShapeError("bert: a sentence has " + std::to_string(batch.groups.front().length) +
                     " tokens, the position table " + std::to_string(config_.max_positions));
  const BertDropout dropout{random};
  BertHidden hidden;
  hidden.last = embeddings_(batch, dropout);
  for (BertLayer& layer : layers_) {
    if (keep_layers) hidden.layers.push_back(hidden.last);
    hidden.last = layer(hidden.last, batch, dropout);
  }
  if (keep_layers) hidden.layers.push_back(hidden.last);
  return hidden;
}

at::Tensor BertEncoderImpl::pool(const at::Tensor& hidden, const PackedBatch& batch,
                                 const SentencePooling& pooling) {
  if (!pooling.dense.empty()) throw ConfigError("pooling: Dense modules are not trained");
  std::vector<at::Tensor> parts;
  for (const std::string& mode : pooling.modes) parts.push_back(pooled_rows(hidden, batch, mode));
  const at::Tensor pooled = at::cat(parts, 1).index_select(0, batch.caller_order);
  if (!pooling.normalize) return pooled;
  return pooled / pooled.norm(2, {1}, true).clamp_min(1e-12);
}

int64_t BertEncoderImpl::embedding_parameter_count() const {
  return embeddings_->parameter_count();
}

}  // namespace limbeck::nlp
