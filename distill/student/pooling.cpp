#include "distill/student/pooling.h"

#include <algorithm>
#include <cmath>

namespace limbeck::distill::detail {

Pooling::Pooling(const nlp::TensorStore& store, const nlp::BiLstmConfig& config,
                 nlp::Precision precision)
    : kind_(config.pooling == "last"   ? Kind::kLast
            : config.pooling == "mean" ? Kind::kMean
            : config.pooling == "max"  ? Kind::kMax
                                       : Kind::kAttention),
      width_(2 * padded_width(config.hidden_width)) {
  if (kind_ != Kind::kAttention) return;
  const int64_t units = config.attention_width, inputs = 2 * config.hidden_width;
  PanelOrder order = plain_order(units, inputs);
  order.columns = padded_columns(2, config.hidden_width);
  dense_ = Linear(nlp::to_float32(store.at("attention.dense.weight", {units, inputs})), inputs,
                  nlp::to_float32(store.at("attention.dense.bias", {units})), order, precision);
  score_ = reorder(nlp::to_float32(store.at("attention.score.weight", {1, units})), order.rows);
}

void Pooling::run(const TimeMajorBatch& batch, const float* states, float* pooled,
                  Workspace& space) const {
  if (kind_ == Kind::kLast) return last(batch, states, pooled);
  if (kind_ == Kind::kAttention) return attention(batch, states, pooled, space);
  for (int64_t s = 0; s < batch.sentences(); ++s) {
    float* out = pooled + s * width_;
    const int64_t length = batch.lengths[static_cast<size_t>(s)];
    std::copy_n(states + batch.row(s, 0) * width_, width_, out);
    for (int64_t t = 1; t < length; ++t) {
      const float* state = states + batch.row(s, t) * width_;
      if (kind_ == Kind::kMean)
        for (int64_t j = 0; j < width_; ++j) out[j] += state[j];
      else
        for (int64_t j = 0; j < width_; ++j) out[j] = std::max(out[j], state[j]);
    }
    if (kind_ == Kind::kMean) {
      const float divisor = static_cast<float>(length);
      for (int64_t j = 0; j < width_; ++j) out[j] /= divisor;
    }
  }
}

void Pooling::last(const TimeMajorBatch& batch, const float* states, float* pooled) const {
  const int64_t half = width_ / 2;
  for (int64_t s = 0; s < batch.sentences(); ++s) {
    const int64_t end = batch.lengths[static_cast<size_t>(s)] - 1;
    std::copy_n(states + batch.row(s, end) * width_, half, pooled + s * width_);
    std::copy_n(states + batch.row(s, 0) * width_ + half, half, pooled + s * width_ + half);
  }
}

void Pooling::attention(const TimeMajorBatch& batch, const float* states, float* pooled,
                        Workspace& space) const {
  const int64_t rows = batch.rows();
  float* dense = space.dense.at_least(rows * dense_.outputs());
  float* scores = space.scores.at_least(rows);
  dense_.apply(states, width_, rows, dense, space.input_bytes);
  tanh_scores(dense, rows, dense_.outputs(), score_.data(), scores);
  for (int64_t s = 0; s < batch.sentences(); ++s) {
    const int64_t length = batch.lengths[static_cast<size_t>(s)];
    float most = scores[batch.row(s, 0)];
    for (int64_t t = 1; t < length; ++t) most = std::max(most, scores[batch.row(s, t)]);
    float sum = 0.0f;
    for (int64_t t = 0; t < length; ++t) {
      float& score = scores[batch.row(s, t)];
      score = std::exp(score - most);
      sum += score;
    }
    float* out = pooled + s * width_;
    std::fill(out, out + width_, 0.0f);
    for (int64_t t = 0; t < length; ++t) {
      const float weight = scores[batch.row(s, t)] / sum;
      const float* state = states + batch.row(s, t) * width_;
      for (int64_t j = 0; j < width_; ++j) out[j] += weight * state[j];
    }
  }
}

int64_t Pooling::bytes() const {
  return kind_ == Kind::kAttention ? dense_.bytes() + static_cast<int64_t>(score_.size()) * 4 : 0;
}

}  // namespace limbeck::distill::detail
