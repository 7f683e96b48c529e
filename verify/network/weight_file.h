#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

namespace limbeck::verify {

/// The named tensors of a network: those of a safetensors file, or some that are trained.
class WeightFile {
 public:
  /// A safetensors file or a directory that holds a model; integers are passed over.
  /// Throws: DataError when the file cannot be read or a weight is NaN or infinite.
  WeightFile(const std::filesystem::path& file, at::ScalarType dtype);
  /// These tensors themselves; `name` stands in messages in the place of the file.
  WeightFile(std::map<std::string, at::Tensor> tensors, std::string name)
      : weights_(std::move(tensors)), file_(std::move(name)) {}

  const std::map<std::string, at::Tensor>& tensors() const { return weights_; }

  bool contains(const std::string& name) const { return weights_.contains(name); }
  /// Throws: DataError `file: no tensor 'x'`.
  const at::Tensor& at(const std::string& name) const;
  /// x W^T + b with `name`.weight and, where it is there, `name`.bias.
  at::Tensor dense(const at::Tensor& x, const std::string& name) const;
  /// (x - mean) weight + bias: LayerNorm without the division.
  at::Tensor centre(const at::Tensor& x, const std::string& name) const;
  /// LayerNorm over the last axis, with epsilon 1e-12 as in BERT.
  at::Tensor layer_norm(const at::Tensor& x, const std::string& name) const;

 private:
  std::map<std::string, at::Tensor> weights_;
  std::string file_;
};

/// softmax(q k^T / sqrt(head width)) v for x (1, T, heads * head width) each: the same shape.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads);

}  // namespace limbeck::verify
