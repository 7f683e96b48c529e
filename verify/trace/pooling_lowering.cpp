#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/autograd.h>

#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

using Nodes = std::vector<int64_t>;

constexpr int64_t kMostElements = int64_t{1} << 26;  // of the matrix of an average over windows

int64_t spatial_axes(const LoweringCall& call) {
  return call.name.find("1d") != std::string::npos ? 1 : 2;
}

int64_t product_of(const std::vector<int64_t>& sizes) {
  int64_t product = 1;
  for (const int64_t size : sizes) product *= size;
  return product;
}

/// The matrix (out, in) of a linear operation on one channel (1, 1, *spatial): its outputs for the
/// unit vectors, or its gradients, whichever are fewer; out x in elements at a time.
at::Tensor matrix_of(const LoweringCall& call, std::vector<int64_t> spatial, int64_t in,
                     int64_t out) {
  spatial.insert(spatial.begin(), {in <= out ? in : 1, 1});
  if (in <= out) return call.rerun(at::eye(in, at::kDouble).view(spatial)).reshape({in, out}).t();
  const at::AutoGradMode with_gradients(true);
  const at::Tensor x = at::zeros(spatial, at::kDouble).requires_grad_();
  const at::Tensor y = call.rerun(x).flatten();
  at::Tensor matrix = at::empty({out, in}, at::kDouble);
  for (int64_t i = 0; i < out; ++i)
    matrix[i] = torch::autograd::grad({y[i]}, {x}, {}, /*retain_graph=*/true)[0].flatten();
  return matrix;
}

/// An average over windows is one matrix for all channels, read off the operation itself, whatever
/// its padding, overlap and divisor are.
Nodes average(GraphBuilder& b, const LoweringCall& call) {
  const std::vector<int64_t> before = b.shape(call.node(0)), after = call.item_shape();
  const size_t leading = before.size() - static_cast<size_t>(spatial_axes(call));
  std::vector<int64_t> spatial(before.begin() + static_cast<int64_t>(leading), before.end());
  const int64_t in = product_of(spatial), channels = product_of(before) / in,
                out = product_of(after) / channels;
  if (in * out > kMostElements)
    call.fail("expected at most " + std::to_string(kMostElements) +
              " pairs of elements before and after, got " + std::to_string(in * out));
  const at::Tensor matrix = matrix_of(call, spatial, in, out);
  const int64_t y = b.linear(b.reshape(call.node(0), {channels, in}), matrix, {});
  return {b.reshape(y, after)};
}

/// For each window of one axis its elements, (windows, width); what lies outside of the axis is
/// replaced by an element of the window that does not.
at::Tensor window_elements(int64_t size, int64_t windows, int64_t width, int64_t stride,
                           int64_t padding, int64_t dilation) {
  const at::Tensor start = (at::arange(windows, at::kLong) * stride - padding).unsqueeze(1);
  const at::Tensor element = start + at::arange(width, at::kLong) * dilation;
  const at::Tensor is_inside = (element >= 0) & (element < size);
  const at::Tensor first = element.masked_fill(~is_inside, size).amin({1}, /*keepdim=*/true);
  return at::where(is_inside, element, first);
}

/// max_pool1d, max_pool2d (input, width, stride, padding, dilation, ceil mode): elements of each
/// window side by side, then the largest.
Nodes maximum(GraphBuilder& b, const LoweringCall& call) {
  const std::vector<int64_t> before = b.shape(call.node(0)), after = call.item_shape();
  const size_t axes = static_cast<size_t>(spatial_axes(call));
  const auto argument = [&](size_t i, size_t axis, int64_t none) {
    const std::vector<int64_t> values = call.integers(i);
    return values.empty() ? none : values.size() == 1 ? values[0] : values.at(axis);
  };
  at::Tensor index = at::zeros({1, 1}, at::kLong);  // (windows, elements), row-major
  for (size_t axis = 0; axis < axes; ++axis) {
    const int64_t size = before[before.size() - axes + axis],
                  windows = after[after.size() - axes + axis], width = argument(1, axis, 1);
    const at::Tensor more = window_elements(size, windows, width, argument(2, axis, width),
                                            argument(3, axis, 0), argument(4, axis, 1));
    index = (index.unsqueeze(1).unsqueeze(3) * size + more.unsqueeze(1).unsqueeze(0))
                .reshape({index.size(0) * windows, index.size(1) * width});
  }
  int64_t in = 1;
  for (size_t axis = 0; axis < axes; ++axis) in *= before[before.size() - axes + axis];
  const int64_t channels = product_of(before) / in;
  const int64_t flat = b.reshape(call.node(0), {channels, in});
  const int64_t side_by_side =
      b.reshape(b.take(flat, 1, index.flatten()), {channels, index.size(0), index.size(1)});
  return {b.reshape(maximum_over_axis(b, side_by_side, 2), after)};
}

constexpr LoweringRow kPoolingRows[] = {
    {"aten::avg_pool1d", average},          {"aten::avg_pool2d", average},
    {"aten::adaptive_avg_pool1d", average}, {"aten::adaptive_avg_pool2d", average},
    {"aten::max_pool1d", maximum},          {"aten::max_pool2d", maximum},
};

}  // namespace

std::span<const LoweringRow> pooling_lowerings() { return kPoolingRows; }

}  // namespace limbeck::verify
