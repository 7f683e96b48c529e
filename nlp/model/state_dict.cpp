#include "nlp/model/state_dict.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

std::map<std::string, at::Tensor> named_state(const torch::nn::Module& module) {
  std::map<std::string, at::Tensor> state;
  for (const auto& item : module.named_parameters()) state.emplace(item.key(), item.value());
  for (const auto& item : module.named_buffers()) state.emplace(item.key(), item.value());
  return state;
}

/// The module's tensors by their names in the file.
std::map<std::string, at::Tensor> stored_targets(const torch::nn::Module& module,
                                                 const LoadStateOptions& options) {
  std::map<std::string, at::Tensor> targets;
  for (const auto& [name, tensor] : named_state(module))
    targets.emplace(options.stored_name ? options.stored_name(name) : name, tensor);
  return targets;
}

std::string shape_text(at::IntArrayRef shape) {
  std::ostringstream text;
  text << shape;
  return text.str();
}

void check_fit(const at::Tensor& target, const TensorStore& store, const std::string& name,
               const std::filesystem::path& file) {
  if (!store.contains(name)) throw DataError(file.string() + ": no tensor '" + name + "'");
  const TensorView& view = store.at(name);
  if (target.sizes() != at::IntArrayRef(view.shape))
    throw DataError(file.string() + ": tensor '" + name + "': expected shape " +
                    shape_text(target.sizes()) + ", got " + shape_text(view.shape));
  const bool is_integer = target.scalar_type() == at::kLong;
  const bool is_real = view.dtype == Dtype::kF64 || view.dtype == Dtype::kF32 ||
                       view.dtype == Dtype::kF16 || view.dtype == Dtype::kBF16;
  if (is_integer ? view.dtype != Dtype::kI64 : !is_real)
    throw DataError(file.string() + ": tensor '" + name + "': expected " +
                    (is_integer ? "I64" : "F64, F32, F16 or BF16") + ", got " +
                    std::string(dtype_name(view.dtype)));
}

void check_unexpected(const std::map<std::string, at::Tensor>& targets, const TensorStore& store,
                      const std::filesystem::path& file, const LoadStateOptions& options) {
  if (options.ignore_unexpected) return;
  for (const auto& [name, view] : store.tensors()) {
    const bool is_ignored =
        std::any_of(options.ignored.begin(), options.ignored.end(),
                    [&](const std::string& start) { return name.starts_with(start); });
    if (!is_ignored && !targets.contains(name))
      throw DataError(file.string() + ": unexpected tensor '" + name +
                      "' (is the config.json beside it of another model?)");
  }
}

void copy_checked(const at::Tensor& target, const TensorView& view) {
  const at::NoGradGuard no_grad;
  if (view.dtype == Dtype::kI64 || view.dtype == Dtype::kF64) {
    at::Tensor source = at::empty(view.shape, view.dtype == Dtype::kI64 ? at::kLong : at::kDouble);
    std::memcpy(source.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
    target.detach().copy_(source);
    return;
  }
  std::vector<float> values = to_float32(view);
  target.detach().copy_(at::from_blob(values.data(), view.shape, at::kFloat));
}

}  // namespace

void copy_tensor(const at::Tensor& target, const TensorStore& store, const std::string& name,
                 const std::filesystem::path& file) {
  check_fit(target, store, name, file);
  copy_checked(target, store.at(name));
}

void load_state(torch::nn::Module& module, const TensorStore& store,
                const std::filesystem::path& file, const LoadStateOptions& options) {
  const std::map<std::string, at::Tensor> targets = stored_targets(module, options);
  for (const auto& [name, target] : targets) check_fit(target, store, name, file);
  check_unexpected(targets, store, file, options);
  for (const auto& [name, target] : targets) copy_checked(target, store.at(name));
}

void save_state(const std::vector<ModuleState>& states, const std::filesystem::path& file,
                const std::map<std::string, std::string>& metadata) {
  std::map<std::string, at::Tensor> all;
  for (const ModuleState& state : states)
    for (const auto& [own_name, tensor] : named_state(*state.module))
      if (!all.emplace(state.prefix + own_name, tensor).second)
        throw ShapeError("save_state: two tensors of the name '" + state.prefix + own_name + "'");
  save_tensors(all, file, metadata);
}

void save_tensors(const std::map<std::string, at::Tensor>& named, const std::filesystem::path& file,
                  const std::map<std::string, std::string>& metadata) {
  std::map<std::string, at::Tensor>
      held;  // keeps converted copies alive while the views are written
  for (const auto& [name, tensor] : named) {
    const at::ScalarType type = tensor.scalar_type() == at::kLong ? at::kLong : at::kFloat;
    held.emplace(name, tensor.detach().to(at::kCPU, type).contiguous());
  }
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : held) {
    TensorView view;
    view.dtype = tensor.scalar_type() == at::kLong ? Dtype::kI64 : Dtype::kF32;
    view.shape = tensor.sizes().vec();
    view.bytes = {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()};
    tensors.push_back({name, view});
  }
  write_safetensors(file, std::move(tensors), metadata);
}

int64_t parameter_count(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const at::Tensor& parameter : module.parameters()) count += parameter.numel();
  return count;
}

}  // namespace limbeck::nlp
