#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "nlp/tensor/safetensors.h"

namespace limbeck::verify {

/// Labelled inputs of a network: tensors `inputs` (N, ...) and `labels` (N) of a safetensors file.
class InputSet {
 public:
  /// Throws: DataError naming file and tensor.
  explicit InputSet(const std::filesystem::path& file);

  int64_t size() const { return static_cast<int64_t>(labels_.size()); }
  /// Sizes of one input, with a batch dimension of 1.
  std::vector<int64_t> item_shape() const;
  /// One input, (1, ...). Throws: DataError `x.safetensors: input 3: ...` when it is not finite.
  at::Tensor input(int64_t index, at::ScalarType dtype) const;
  int64_t label(int64_t index) const { return labels_[static_cast<size_t>(index)]; }

 private:
  std::string file_;
  nlp::TensorStore store_;
  nlp::TensorView inputs_;
  std::vector<int64_t> labels_;
};

}  // namespace limbeck::verify
