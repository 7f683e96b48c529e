#include <ATen/ATen.h>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool) {
  return inputs[0].index_select(node.ints[0] + 1, node.constants[0]);
}

Tensors transpose(const Node& node, const at::Tensor& rows) {
  std::vector<int64_t> sizes(rows.sizes().begin(), rows.sizes().end());
  sizes[static_cast<size_t>(node.ints[0]) + 1] = node.ints[1];
  return {at::zeros(sizes, rows.options()).index_add(node.ints[0] + 1, node.constants[0], rows)};
}

/// An index that is named several times is a sum of rows.
int64_t terms(const Node& node) { return node.constants[0].numel(); }

}  // namespace

const AffineRule kTake = {apply, transpose, nullptr, terms, true};

}  // namespace limbeck::verify
