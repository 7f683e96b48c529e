#pragma once

#include <span>
#include <vector>

#include "nlp/encode/sentence_encoder.h"
#include "nlp/encode/sentence_pooling.h"
#include "nlp/kernel/packed_matrix.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::nlp {

/// The modules Dense of a sentence-transformers directory with their weights, in float32 whatever
/// the precision of the encoder is.
class DenseModules {
 public:
  /// Throws: DataError naming file and tensor when one is missing or has another shape.
  explicit DenseModules(std::span<const DenseModule> modules);

  /// The vectors of pooled ones. Law: a row has the same bits whatever other rows there are.
  VectorRows apply(VectorRows vectors) const;
  ModelSize size() const { return size_; }

 private:
  struct Part {
    DenseModule module;
    kernel::PackedMatrix matrix;
    kernel::PackedMatrix residual;  ///< empty: the input itself
    std::vector<float> bias;        ///< empty: none
  };

  kernel::PackedMatrix packed(const TensorView& weight, int64_t outputs, int64_t inputs);
  static void activate(const std::string& activation, std::span<float> values);

  std::vector<Part> parts_;
  ModelSize size_;
};

}  // namespace limbeck::nlp
