#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "distill/student/linear.h"
#include "distill/student/time_major.h"
#include "nlp/encode/bilstm_config.h"

namespace limbeck::distill::detail {

/// States of the real tokens of a sentence to one vector.
///
/// last: [forward at the end; backward at the start].  mean, max: over the tokens, each of the 2H
/// values by itself. attention: weights softmax(v . tanh(W s + b)) over the tokens, then the
/// weighted sum of the states s.
class Pooling {
 public:
  Pooling(const nlp::TensorStore& store, const nlp::BiLstmConfig& config, nlp::Precision precision);

  /// states (batch.rows(), 2 * padded hidden width) -> pooled (sentences, the same width),
  /// sentences in batch order.
  void run(const TimeMajorBatch& batch, const float* states, float* pooled, Workspace& space) const;

  int64_t bytes() const;

 private:
  enum class Kind { kLast, kMean, kMax, kAttention };
  void last(const TimeMajorBatch& batch, const float* states, float* pooled) const;
  void attention(const TimeMajorBatch& batch, const float* states, float* pooled,
                 Workspace& space) const;

  Kind kind_;
  int64_t width_;  ///< 2 * padded hidden width
  Linear dense_;
  std::vector<float> score_;
};

}  // namespace limbeck::distill::detail
