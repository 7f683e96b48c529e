#include <torch/torch.h>

#include <limits>

#include "verify/relax/joint.h"
#include "verify/relax/propagate.h"

/// m = max_i x_i over one axis.
/// Below: x_i of the largest lower bound (any single x_i is a lower bound).
/// Above: that x_i where its lower bound is at least every other upper bound, else the constant
/// max_i u_i.
namespace limbeck::verify {
namespace {

struct Choice {
  at::Tensor index;        // (..., 1, ...) of the largest lower bound
  at::Tensor is_dominant;  // it is the maximum on the whole box
  at::Tensor most;         // max_i u_i
};

Choice choose(const Interval& x, int64_t axis) {
  const auto [lower, index] = x.lower.max(axis, /*keepdim=*/true);
  const double infinity = std::numeric_limits<double>::infinity();
  const at::Tensor others = x.upper.scatter(axis, index, -infinity).amax({axis}, /*keepdim=*/true);
  return {index, lower >= others, x.upper.amax({axis}, /*keepdim=*/true)};
}

at::Tensor value(const Node& node, std::span<const at::Tensor> inputs) {
  return inputs[0].amax({node.ints[0] + 1}, /*keepdim=*/true);
}

Interval interval(const Node& node, std::span<const Interval> inputs) {
  const int64_t axis = node.ints[0] + 1;
  return {inputs[0].lower.amax({axis}, true), inputs[0].upper.amax({axis}, true)};
}

Substitution backward(const Node& node, std::span<const Interval> inputs, const at::Tensor& rows) {
  const Choice choice = choose(inputs[0], node.ints[0] + 1);
  const at::Tensor minus = rows.clamp_max(0);
  const at::Tensor onto = rows.clamp_min(0) + minus * choice.is_dominant;
  std::vector<int64_t> sizes(rows.sizes().begin(), rows.sizes().end());
  sizes[static_cast<size_t>(node.ints[0]) + 2] = inputs[0].lower.size(node.ints[0] + 1);
  const at::Tensor index = choice.index.unsqueeze(0).expand(rows.sizes());
  return {{at::zeros(sizes, rows.options()).scatter(node.ints[0] + 2, index, onto)},
          dot_items(minus, choice.most.masked_fill(choice.is_dominant, 0))};
}

LinearBounds forward(const Node& node, std::span<const Interval> inputs,
                     std::span<const LinearBounds> bounds) {
  const int64_t axis = node.ints[0] + 1;
  const Choice choice = choose(inputs[0], axis);
  const LinearBounds& x = bounds[0];
  std::vector<int64_t> sizes(x.middle.sizes().begin(), x.middle.sizes().end());
  sizes[static_cast<size_t>(axis) + 1] = 1;
  const at::Tensor index = choice.index.unsqueeze(0).expand(sizes);
  at::Tensor low = x.middle.gather(axis + 1, index),
             low_bias = x.middle_bias.gather(axis, choice.index);
  at::Tensor high = low, high_bias = low_bias;
  if (!x.is_exact()) {
    const at::Tensor half = x.half.gather(axis + 1, index),
                     half_bias = x.half_bias.gather(axis, choice.index);
    low = low - half, low_bias = low_bias - half_bias;
    high = high + half, high_bias = high_bias + half_bias;
  }
  high = high * choice.is_dominant;
  high_bias = at::where(choice.is_dominant, high_bias, choice.most);
  return {(low + high) * 0.5, (low_bias + high_bias) * 0.5, (high - low) * 0.5,
          (high_bias - low_bias) * 0.5};
}

}  // namespace

const JointRule kMaximum = {value, interval, backward, forward};

}  // namespace limbeck::verify
