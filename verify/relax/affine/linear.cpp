#include <torch/torch.h>

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

}  // namespace

const AffineRule kLinear = {apply, transpose, shift};

}  // namespace limbeck::verify
