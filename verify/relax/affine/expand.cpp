#include <ATen/ATen.h>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool) {
  std::vector<int64_t> sizes = {inputs[0].size(0)};
  sizes.insert(sizes.end(), node.shape.begin(), node.shape.end());
  return inputs[0].expand(sizes);
}

Tensors transpose(const Node& node, const at::Tensor& rows) {
  std::vector<int64_t> axes;
  for (size_t i = 0; i < node.ints.size(); ++i)
    if (node.ints[i] != node.shape[i]) axes.push_back(static_cast<int64_t>(i) + 1);
  return {rows.sum(axes, /*keepdim=*/true)};
}

int64_t terms(const Node& node) {
  int64_t copies = 1;
  for (size_t i = 0; i < node.ints.size(); ++i)
    if (node.ints[i] != node.shape[i]) copies *= node.shape[i];
  return copies == 1 ? 0 : copies;
}

}  // namespace

const AffineRule kExpand = {apply, transpose, nullptr, terms, true};

}  // namespace limbeck::verify
