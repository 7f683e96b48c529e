#include <ATen/ATen.h>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::Tensor to_shape(const at::Tensor& x, const std::vector<int64_t>& shape) {
  std::vector<int64_t> sizes = {x.size(0)};
  sizes.insert(sizes.end(), shape.begin(), shape.end());
  return x.reshape(sizes);
}

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool) {
  return to_shape(inputs[0], node.shape);
}

Tensors transpose(const Node& node, const at::Tensor& rows) { return {to_shape(rows, node.ints)}; }

int64_t terms(const Node&) { return 0; }

}  // namespace

const AffineRule kReshape = {apply, transpose, nullptr, terms, true};

}  // namespace limbeck::verify
