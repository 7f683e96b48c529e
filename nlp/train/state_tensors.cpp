#include "nlp/train/state_tensors.h"

#include <cstring>

#include "nlp/core/errors.h"

namespace limbeck::nlp {

at::Tensor dense_gradient(const at::Tensor& parameter) {
  at::Tensor gradient = parameter.grad();
  if (gradient.is_sparse()) gradient = gradient.to_dense();
  if (gradient.scalar_type() != at::kFloat || !gradient.device().is_cpu())
    throw UnsupportedError("gradient: expected float32 on the CPU, got " +
                           std::string(c10::toString(gradient.scalar_type())));
  return gradient.contiguous();
}

TensorView view_of_float32(const at::Tensor& tensor) {
  return {Dtype::kF32, tensor.sizes().vec(),
          std::as_bytes(
              std::span(tensor.const_data_ptr<float>(), static_cast<size_t>(tensor.numel())))};
}

void copy_float32(const TensorStore& store, const std::string& name, const at::Tensor& target,
                  const std::filesystem::path& file) {
  const TensorView& view = store.at(name, target.sizes().vec());
  if (view.dtype != Dtype::kF32)
    throw DataError(file.string() + ": tensor '" + name + "': expected F32, got " +
                    std::string(dtype_name(view.dtype)));
  if (!view.bytes.empty())
    std::memcpy(target.mutable_data_ptr<float>(), view.bytes.data(), view.bytes.size());
  target.unsafeGetTensorImpl()->bump_version();
}

void save_parameters(const std::filesystem::path& file, const std::vector<Parameter>& parameters) {
  std::vector<NamedTensor> tensors;
  for (const Parameter& parameter : parameters)
    tensors.push_back({parameter.name, view_of_float32(parameter.tensor)});
  write_safetensors(file, std::move(tensors), {{"format", "pt"}});
}

void load_parameters(const std::filesystem::path& file, const std::vector<Parameter>& parameters) {
  const TensorStore store = TensorStore::open(file);
  if (store.tensors().size() != parameters.size())
    throw DataError(file.string() + ": expected " + std::to_string(parameters.size()) +
                    " tensors, got " + std::to_string(store.tensors().size()) +
                    " (was it written for another model?)");
  for (const Parameter& parameter : parameters)
    copy_float32(store, parameter.name, parameter.tensor, file);
}

}  // namespace limbeck::nlp
