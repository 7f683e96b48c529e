#include "distill/student/embedding_table.h"

#include <algorithm>

namespace limbeck::distill::detail {

using nlp::Precision;

EmbeddingTable::EmbeddingTable(const nlp::TensorView& weight, Precision precision)
    : precision_(precision),
      rows_(weight.shape.at(0)),
      width_(weight.shape.at(1)),
      padded_(padded_width(width_)),
      float32_(nlp::to_float32(weight)) {
  if (precision_ == Precision::kFloat32) return;
  if (precision_ == Precision::kBFloat16) {
    bfloat16_.resize(float32_.size());
    std::transform(float32_.begin(), float32_.end(), bfloat16_.begin(), to_bfloat16);
  } else {
    quantized_.resize(static_cast<size_t>(rows_ * padded_));
    scale_.resize(static_cast<size_t>(rows_));
    std::vector<float> row(static_cast<size_t>(padded_), 0.0f);
    for (int64_t r = 0; r < rows_; ++r) {
      std::copy_n(float32_.begin() + r * width_, width_, row.begin());
      quantize_rows(row.data(), padded_, 1, padded_, quantized_.data() + r * padded_,
                    scale_.data() + r);
    }
  }
  float32_ = {};
}

ActivationRows EmbeddingTable::gather(std::span<const int32_t> ids, Workspace& space) const {
  const auto count = static_cast<int64_t>(ids.size());
  if (precision_ == Precision::kInt8) {
    space.input_bytes.reserve(count, padded_);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t id = ids[static_cast<size_t>(i)];
      std::copy_n(quantized_.data() + id * padded_, padded_,
                  space.input_bytes.quantized() + i * padded_);
      space.input_bytes.scale()[i] = scale_[static_cast<size_t>(id)];
    }
    return space.input_bytes.view(count, padded_);
  }
  float* input = space.input.at_least(count * padded_);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t at = ids[static_cast<size_t>(i)] * width_;
    float* row = input + i * padded_;
    if (precision_ == Precision::kFloat32) {
      std::copy_n(float32_.data() + at, width_, row);
    } else {
      std::transform(bfloat16_.data() + at, bfloat16_.data() + at + width_, row, from_bfloat16);
    }
    std::fill(row + width_, row + padded_, 0.0f);
  }
  return {count, padded_, input, nullptr, nullptr};
}

int64_t EmbeddingTable::bytes() const {
  return static_cast<int64_t>(float32_.size() * 4 + bfloat16_.size() * 2 + quantized_.size() +
                              scale_.size() * 4);
}

}  // namespace limbeck::distill::detail
