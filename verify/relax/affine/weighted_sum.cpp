#include <ATen/ATen.h>

#include <cmath>

#include "verify/relax/affine.h"

namespace limbeck::verify {
namespace {

at::Tensor scaled(const at::Tensor& x, double factor) { return factor == 1 ? x : x * factor; }

at::Tensor apply(const Node& node, std::span<const at::Tensor> inputs, bool is_absolute) {
  at::Tensor sum;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const double factor = is_absolute ? std::abs(node.numbers[i]) : node.numbers[i];
    sum = sum.defined() ? at::add(sum, inputs[i], factor) : scaled(inputs[i], factor);
  }
  return sum;
}

Tensors transpose(const Node& node, const at::Tensor& rows) {
  Tensors result;
  for (const double factor : node.numbers) result.push_back(scaled(rows, factor));
  return result;
}

int64_t terms(const Node& node) { return static_cast<int64_t>(node.numbers.size()); }

}  // namespace

const AffineRule kWeightedSum = {apply, transpose, nullptr, terms};

}  // namespace limbeck::verify
