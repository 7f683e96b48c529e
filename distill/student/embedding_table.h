#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distill/student/workspace.h"
#include "nlp/encode/sentence_encoder.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::distill::detail {

/// Word-piece vectors: float32, bfloat16, or bytes with one scale a row (which the first layer then
/// uses as they are).
class EmbeddingTable {
 public:
  EmbeddingTable(const nlp::TensorView& weight, nlp::Precision precision);

  /// Rows of `ids`, padded to whole groups of sixteen.
  ActivationRows gather(std::span<const int32_t> ids, Workspace& space) const;

  int64_t rows() const { return rows_; }
  int64_t bytes() const;

 private:
  nlp::Precision precision_;
  int64_t rows_ = 0, width_ = 0, padded_ = 0;
  std::vector<float> float32_;  ///< (rows, width)
  std::vector<uint16_t> bfloat16_;
  std::vector<uint8_t> quantized_;  ///< (rows, padded), offset 128
  std::vector<float> scale_;
};

}  // namespace limbeck::distill::detail
