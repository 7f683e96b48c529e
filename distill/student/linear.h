#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "distill/student/kernels.h"
#include "distill/student/workspace.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::distill::detail {

/// y = W x + b on packed weights; outputs beyond the matrix's own rows are zero.
class Linear {
 public:
  Linear() = default;
  /// `bias` may be empty. `order` says where rows and columns of `matrix` stand.
  Linear(std::span<const float> matrix, int64_t columns, std::span<const float> bias,
         const PanelOrder& order, nlp::Precision precision);

  /// input (rows, >= weights().inputs) with rows `stride` apart -> out (rows, outputs()).
  void apply(const float* input, int64_t stride, int64_t rows, float* out, Bytes& scratch) const;
  /// The same for rows that are quantised already.
  void apply(const ActivationRows& input, float* out) const {
    panel_product(weights_, bias_.data(), input, out);
  }

  int64_t outputs() const { return weights_.outputs(); }
  const PanelWeights& weights() const { return weights_; }
  int64_t bytes() const { return weights_.bytes() + static_cast<int64_t>(bias_.size()) * 4; }

 private:
  PanelWeights weights_;
  std::vector<float> bias_;
};

/// Reads `name`.weight (outputs, inputs) and `name`.bias (outputs).
Linear read_linear(const nlp::TensorStore& store, const std::string& name, int64_t outputs,
                   int64_t inputs, nlp::Precision precision);

}  // namespace limbeck::distill::detail
