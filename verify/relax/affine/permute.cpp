#include <ATen/ATen.h>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool) {
  std::vector<int64_t> axes = {0};
  for (const int64_t axis : node.ints) axes.push_back(axis + 1);
  return inputs[0].permute(axes);
}

Tensors transpose(const Node& node, const at::Tensor& rows) {
  std::vector<int64_t> axes(node.ints.size() + 1, 0);
  for (size_t i = 0; i < node.ints.size(); ++i)
    axes[static_cast<size_t>(node.ints[i]) + 1] = static_cast<int64_t>(i) + 1;
  return {rows.permute(axes)};
}

int64_t terms(const Node&) { return 0; }

}  // namespace

const AffineRule kPermute = {apply, transpose, nullptr, terms, true};

}  // namespace limbeck::verify
