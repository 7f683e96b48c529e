#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "nlp/tensor/safetensors.h"
#include "nlp/train/parameter.h"

namespace limbeck::nlp {

/// The gradient as contiguous float32. Sparse gradients are made dense. Throws: UnsupportedError
/// for other dtypes.
at::Tensor dense_gradient(const at::Tensor& parameter);

/// View of a contiguous float32 CPU tensor, valid while the tensor lives.
TensorView view_of_float32(const at::Tensor& tensor);

/// Copies the stored tensor `name` into `target`, in place.
/// Throws: DataError (naming `file`) when it is absent, not float32, or of another shape.
void copy_float32(const TensorStore& store, const std::string& name, const at::Tensor& target,
                  const std::filesystem::path& file);

/// All parameters as one safetensors file, atomically; and back. Throws: DataError.
void save_parameters(const std::filesystem::path& file, const std::vector<Parameter>& parameters);
void load_parameters(const std::filesystem::path& file, const std::vector<Parameter>& parameters);

}  // namespace limbeck::nlp
