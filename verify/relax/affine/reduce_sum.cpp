#include <ATen/ATen.h>

#include <cmath>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool is_absolute) {
  std::vector<int64_t> axes;
  for (const int64_t axis : node.ints) axes.push_back(axis + 1);
  const double factor = is_absolute ? std::abs(node.numbers[0]) : node.numbers[0];
  return inputs[0].sum(axes, /*keepdim=*/true) * factor;
}

Tensors transpose(const Node& node, const at::Tensor& rows) {
  std::vector<int64_t> sizes(rows.sizes().begin(), rows.sizes().end());
  for (size_t i = 0; i < node.ints.size(); ++i)
    sizes[static_cast<size_t>(node.ints[i]) + 1] = static_cast<int64_t>(node.numbers[i + 1]);
  return {(rows * node.numbers[0]).expand(sizes)};
}

int64_t terms(const Node& node) {
  double count = 1;
  for (size_t i = 1; i < node.numbers.size(); ++i) count *= node.numbers[i];
  return static_cast<int64_t>(count);
}

}  // namespace

const AffineRule kReduceSum = {apply, transpose, nullptr, terms};

}  // namespace limbeck::verify
