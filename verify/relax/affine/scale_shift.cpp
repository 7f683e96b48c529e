#include <ATen/ATen.h>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool is_absolute) {
  const at::Tensor& scale = node.constants[0];
  if (!scale.defined()) return inputs[0];
  return inputs[0] * (is_absolute ? scale.abs() : scale);
}

Tensors transpose(const Node& node, const at::Tensor& rows) {
  return {node.constants[0].defined() ? rows * node.constants[0] : rows};
}

at::Tensor shift(const Node& node) { return node.constants[1]; }

int64_t terms(const Node&) { return 1; }

}  // namespace

const AffineRule kScaleShift = {apply, transpose, shift, terms};

}  // namespace limbeck::verify
