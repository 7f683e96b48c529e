#include <ATen/ATen.h>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::IntArrayRef ints(const Node& node, size_t first, size_t count) {
  return at::IntArrayRef(node.ints).slice(first, count);
}

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool is_absolute) {
  return at::conv2d(inputs[0], node.constants[is_absolute ? 1 : 0], /*bias=*/{}, ints(node, 0, 2),
                    ints(node, 2, 2), /*dilation=*/1, node.ints[4]);
}

/// The transposed convolution; what the stride leaves over at the far edge is its output padding.
Tensors transpose(const Node& node, const at::Tensor& rows) {
  std::vector<int64_t> rest;
  for (size_t i = 0; i < 2; ++i) {
    const int64_t reached = (node.shape[i + 1] - 1) * node.ints[i] - 2 * node.ints[i + 2] +
                            node.constants[0].size(static_cast<int64_t>(i) + 2);
    rest.push_back(node.ints[i + 5] - reached);
  }
  return {at::conv_transpose2d(rows, node.constants[0], /*bias=*/{}, ints(node, 0, 2),
                               ints(node, 2, 2), rest, node.ints[4])};
}

at::Tensor shift(const Node& node) {
  return node.constants[2].defined() ? node.constants[2].view({-1, 1, 1}) : at::Tensor();
}

/// Every weight at most once.
int64_t terms(const Node& node) { return node.constants[0].numel(); }

}  // namespace

const AffineRule kConv2d = {apply, transpose, shift, terms};

}  // namespace limbeck::verify
