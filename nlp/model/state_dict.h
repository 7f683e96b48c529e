#pragma once

#include <torch/nn/module.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nlp/tensor/safetensors.h"

namespace limbeck::nlp {

/// How the tensors of a file are matched with the parameters and buffers of a module.
struct LoadStateOptions {
  /// Name in the file of a name of the module; empty: the same.
  std::function<std::string(const std::string& name)> stored_name;
  std::vector<std::string>
      ignored;  ///< beginnings of names in the file that need no place in the module
  bool ignore_unexpected = false;  ///< tensors that the module has no place for are skipped
};

/// Copies tensors into parameters and buffers of the same name; F64, F32, F16 and BF16 are
/// converted to the module's dtype. Nothing is copied unless everything fits. Throws: DataError
/// `file: no tensor 'x'`, `file: unexpected tensor 'x' (...)`,
///         `file: tensor 'x': expected shape [2, 3], got [3, 2]`.
void load_state(torch::nn::Module& module, const TensorStore& store,
                const std::filesystem::path& file, const LoadStateOptions& options = {});

/// Copies one stored tensor into `target`, whatever its device. Throws: DataError as load_state().
void copy_tensor(const at::Tensor& target, const TensorStore& store, const std::string& name,
                 const std::filesystem::path& file);

/// A module, and what stands before its names in a file.
struct ModuleState {
  ModuleState(const torch::nn::Module* state_of, std::string name_prefix = "")
      : module(state_of), prefix(std::move(name_prefix)) {}
  const torch::nn::Module* module;
  std::string prefix;
};

/// Parameters and buffers of the modules as one safetensors file, written atomically in float32
/// (int64 stays). Throws: ShapeError when two have the same name.
void save_state(const std::vector<ModuleState>& states, const std::filesystem::path& file,
                const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

/// Tensors under their names, as save_state() writes them.
void save_tensors(const std::map<std::string, at::Tensor>& named, const std::filesystem::path& file,
                  const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

/// Number of values in all parameters.
int64_t parameter_count(const torch::nn::Module& module);

}  // namespace limbeck::nlp
