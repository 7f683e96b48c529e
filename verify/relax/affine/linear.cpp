#include <ATen/ATen.h>

#include <algorithm>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool is_absolute) {
  return at::linear(inputs[0], node.constants[is_absolute ? 1 : 0]);
}

Tensors transpose(const Node& node, const at::Tensor& rows) {
  return {at::matmul(rows, node.constants[0])};
}

at::Tensor shift(const Node& node) { return node.constants[2]; }

int64_t terms(const Node& node) {
  return std::max(node.constants[0].size(0), node.constants[0].size(1));
}

}  // namespace

const AffineRule kLinear = {apply, transpose, shift, terms};

}  // namespace limbeck::verify
