#pragma once

#include <string>
#include <vector>

#include "nlp/causal/weight_source.h"
#include "nlp/kernel/block_matrix.h"
#include "nlp/kernel/packed_matrix.h"

namespace limbeck::nlp {

/// How the weights of a language model lie in memory, and with it the arithmetic of its products.
enum class WeightFormat {
  kFloat32,
  kBFloat16,
  kInt8,    ///< one scale an output, one a row of the input
  kStored,  ///< as the file quantises them where that is Q4_0, Q4_1, Q5_0, Q5_1 or Q8_0, 4 or 8
            ///< bits in blocks of 32; all else, K-quants too, is rounded to such blocks of 8 bits
};

/// A linear layer, packed once for its products.
class CausalLinear {
 public:
  CausalLinear() = default;
  /// The layers `names` above each other, each (outputs, inputs). A bias that only some of them
  /// have is 0 for the others. Throws: DataError naming file and tensor.
  CausalLinear(const WeightSource& source, const std::vector<std::string>& names,
               const std::vector<int64_t>& outputs, int64_t inputs, WeightFormat format);

  int64_t outputs() const { return outputs_; }
  int64_t inputs() const { return inputs_; }
  int64_t parameters() const { return outputs_ * inputs_ + static_cast<int64_t>(bias_.size()); }
  int64_t bytes() const;

  /// out (rows, outputs) = activation(in (rows, inputs) W^T + bias) + residual (rows, outputs) or
  /// nullptr, which may be out. `in_stride` in elements.
  void apply(int64_t rows, const float* in, int64_t in_stride, kernel::Activation activation,
             const float* residual, float* out) const;

 private:
  int64_t outputs_ = 0, inputs_ = 0;
  kernel::PackedMatrix packed_;
  kernel::BlockMatrix blocks_;  ///< used instead with WeightFormat::kStored
  std::vector<float> bias_;
};

}  // namespace limbeck::nlp
