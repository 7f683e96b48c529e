#include "verify/network/weight_file.h"

#include <ATen/ATen.h>

#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::verify {
namespace {

bool is_real(nlp::Dtype dtype) {
  return dtype == nlp::Dtype::kF64 || dtype == nlp::Dtype::kF32 || dtype == nlp::Dtype::kF16 ||
         dtype == nlp::Dtype::kBF16;
}

}  // namespace

WeightFile::WeightFile(const std::filesystem::path& file, at::ScalarType dtype)
    : file_(file.string()) {
  const nlp::TensorStore store = nlp::TensorStore::open(file);
  store.require_finite();
  for (const auto& [name, view] : store.tensors()) {
    if (!is_real(view.dtype)) continue;  // such as position_ids
    const std::vector<float> values = nlp::to_float32(view);
    at::Tensor tensor = at::empty(view.shape, at::kFloat);
    std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
    weights_[name] = tensor.to(dtype);
  }
}

const at::Tensor& WeightFile::at(const std::string& name) const {
  const auto found = weights_.find(name);
  if (found == weights_.end()) throw DataError(file_ + ": no tensor '" + name + "'");
  return found->second;
}

at::Tensor WeightFile::dense(const at::Tensor& x, const std::string& name) const {
  return at::linear(x, at(name + ".weight"),
                    contains(name + ".bias") ? at(name + ".bias") : at::Tensor());
}

at::Tensor WeightFile::centre(const at::Tensor& x, const std::string& name) const {
  return (x - x.mean(-1, /*keepdim=*/true)) * at(name + ".weight") + at(name + ".bias");
}

at::Tensor WeightFile::layer_norm(const at::Tensor& x, const std::string& name) const {
  return at::layer_norm(x, {x.size(-1)}, at(name + ".weight"), at(name + ".bias"), 1e-12);
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads) {
  const auto by_head = [heads](const at::Tensor& x) {
    return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).permute({0, 2, 1, 3});
  };
  const at::Tensor scores = at::matmul(by_head(q), by_head(k).transpose(-1, -2)) /
                            std::sqrt(static_cast<double>(q.size(2) / heads));
  return at::matmul(scores.softmax(-1), by_head(v)).permute({0, 2, 1, 3}).reshape(q.sizes());
}

}  // namespace limbeck::verify
