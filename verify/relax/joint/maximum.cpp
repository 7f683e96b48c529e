#include <ATen/ATen.h>

#include <limits>

#include "verify/relax/joint.h"
#include "verify/relax/propagate.h"

/// m = max_i x_i over one axis.
/// Below: x_i of the largest lower bound (any single x_i is a lower bound).
/// Above: that x_i where its lower bound is at least every other upper bound, else the constant
/// max_i u_i.
namespace limbeck::verify {
namespace {

/// Index (..., 1, ...) of the largest lower bound; whether it is the maximum on the whole box, as 0
/// or 1; max_i u_i where it is not, else 0.
enum Plane { kIndex, kIsDominant, kMost };

Tensors planes(const Node& node, std::span<const Interval> inputs) {
  const Interval& x = inputs[0];
  const int64_t axis = node.ints[0] + 1;
  const auto [lower, index] = x.lower.max(axis, /*keepdim=*/true);
  const double infinity = std::numeric_limits<double>::infinity();
  const at::Tensor others = x.upper.scatter(axis, index, -infinity).amax({axis}, /*keepdim=*/true);
  const at::Tensor is_dominant = lower >= others;
  return {index, is_dominant.to(x.upper.scalar_type()),
          x.upper.amax({axis}, /*keepdim=*/true).masked_fill(is_dominant, 0)};
}

at::Tensor value(const Node& node, std::span<const at::Tensor> inputs) {
  return inputs[0].amax({node.ints[0] + 1}, /*keepdim=*/true);
}

Interval interval(const Node& node, std::span<const Interval> inputs) {
  const int64_t axis = node.ints[0] + 1;
  return {inputs[0].lower.amax({axis}, true), inputs[0].upper.amax({axis}, true)};
}

Substitution backward(const Node& node, const Tensors& p, const at::Tensor& rows) {
  const at::Tensor minus = rows.clamp_max(0);
  const at::Tensor onto = rows.clamp_min(0) + minus * p[kIsDominant];
  std::vector<int64_t> sizes(rows.sizes().begin(), rows.sizes().end());
  sizes[static_cast<size_t>(node.ints[0]) + 2] = node.ints[1];
  const at::Tensor index = p[kIndex].unsqueeze(0).expand(rows.sizes());
  return {{at::zeros(sizes, rows.options()).scatter(node.ints[0] + 2, index, onto)},
          dot_items(minus, p[kMost])};
}

Reach reach(const Node& node, const Tensors& p, std::span<const at::Tensor> magnitudes) {
  return {magnitudes[0].gather(node.ints[0] + 1, p[kIndex]), p[kMost].abs()};
}

LinearBounds forward(const Node& node, const Tensors& p, std::span<const LinearBounds> bounds) {
  const int64_t axis = node.ints[0] + 1;
  const LinearBounds& x = bounds[0];
  std::vector<int64_t> sizes(x.middle.sizes().begin(), x.middle.sizes().end());
  sizes[static_cast<size_t>(axis) + 1] = 1;
  const at::Tensor index = p[kIndex].unsqueeze(0).expand(sizes);
  at::Tensor low = x.middle.gather(axis + 1, index),
             low_bias = x.middle_bias.gather(axis, p[kIndex]);
  at::Tensor high = low, high_bias = low_bias;
  if (!x.is_exact()) {
    const at::Tensor half = x.half.gather(axis + 1, index),
                     half_bias = x.half_bias.gather(axis, p[kIndex]);
    low = low - half, low_bias = low_bias - half_bias;
    high = high + half, high_bias = high_bias + half_bias;
  }
  high = high * p[kIsDominant];
  high_bias = at::where(p[kIsDominant] > 0, high_bias, p[kMost]);
  return {(low + high) * 0.5, (low_bias + high_bias) * 0.5, (high - low) * 0.5,
          (high_bias - low_bias) * 0.5};
}

}  // namespace

// Comparisons do not round: the interval is its own outward one.
const JointRule kMaximum = {value, interval, backward, forward, planes, reach, nullptr, interval};

}  // namespace limbeck::verify
