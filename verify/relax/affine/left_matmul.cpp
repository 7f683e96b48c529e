#include <ATen/ATen.h>

#include <algorithm>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool is_absolute) {
  return at::matmul(node.constants[is_absolute ? 1 : 0], inputs[0]);
}

Tensors transpose(const Node& node, const at::Tensor& rows) {
  return {at::matmul(node.constants[0].transpose(-1, -2), rows)};
}

int64_t terms(const Node& node) {
  return std::max(node.constants[0].size(-1), node.constants[0].size(-2));
}

}  // namespace

const AffineRule kLeftMatmul = {apply, transpose, nullptr, terms};

}  // namespace limbeck::verify
