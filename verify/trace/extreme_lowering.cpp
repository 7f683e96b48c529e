#include <ATen/ATen.h>

#include <utility>

#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

using Nodes = std::vector<int64_t>;

int64_t negated(GraphBuilder& b, int64_t x) {
  return b.scale_shift(x, at::full({1}, -1.0, at::kDouble), {});
}

/// min x = -max(-x).
bool is_least(const LoweringCall& call) { return call.name.find("min") != std::string::npos; }

int64_t over_axes(GraphBuilder& b, const LoweringCall& call, const std::vector<int64_t>& axes) {
  int64_t x = is_least(call) ? negated(b, call.node(0)) : call.node(0);
  for (const int64_t axis : axes) x = maximum_over_axis(b, x, axis);
  return b.reshape(is_least(call) ? negated(b, x) : x, call.item_shape());
}

Nodes over_dimensions(GraphBuilder& b, const LoweringCall& call) {
  std::vector<int64_t> axes;
  for (const int64_t dim : call.integers(1)) axes.push_back(call.axis(dim));
  if (axes.empty()) call.fail("works on the batch dimension");
  return {over_axes(b, call, axes)};
}

/// The larger of x and a constant: max(x - c, 0) + c, exact.
int64_t against_constant(GraphBuilder& b, int64_t x, const at::Tensor& constant) {
  return b.scale_shift(b.scalar("relu", b.scale_shift(x, {}, -constant)), {}, constant);
}

/// The larger of x and y, as the largest element of both side by side.
int64_t against_node(GraphBuilder& b, int64_t x, int64_t y, const std::vector<int64_t>& shape) {
  std::vector<int64_t> in_front = shape;
  in_front.insert(in_front.begin(), 1);
  const auto row = [&](int64_t node) { return b.reshape(b.expand(node, shape), in_front); };
  return b.reshape(maximum_over_axis(b, b.concat({row(x), row(y)}, 0), 0), shape);
}

Nodes of_two(GraphBuilder& b, const LoweringCall& call) {
  const double sign = is_least(call) ? -1 : 1;
  const auto signed_node = [&](size_t i) {
    return sign < 0 ? negated(b, call.node(i)) : call.node(i);
  };
  int64_t most = -1;
  if (call[0].is_node() && call[1].is_node()) {
    most = against_node(b, signed_node(0), signed_node(1), call.item_shape());
  } else {
    const size_t node = call[0].is_node() ? 0 : 1;
    most = against_constant(b, signed_node(node), call.constant(1 - node).to(at::kDouble) * sign);
  }
  return {sign < 0 ? negated(b, most) : most};
}

/// max and min: (x), (x, dim, keepdim) with places that are not offered, or (x, y).
Nodes any_form(GraphBuilder& b, const LoweringCall& call) {
  if (call.arguments.size() == 1) call.fail("works on the batch dimension");
  if (call.arguments.size() == 2) return of_two(b, call);
  return {over_axes(b, call, {call.axis(call.integer(1))}), -1};
}

constexpr LoweringRow kExtremeRows[] = {
    {"aten::amax", over_dimensions}, {"aten::amin", over_dimensions}, {"aten::max", any_form},
    {"aten::min", any_form},         {"aten::maximum", of_two},       {"aten::minimum", of_two},
};

}  // namespace

int64_t maximum_over_axis(GraphBuilder& b, int64_t x, int64_t axis) {
  std::vector<int64_t> shape = b.shape(x);
  const int64_t size = std::exchange(shape[static_cast<size_t>(axis)], 1);
  if (size == 1) return x;
  return b.add({.op = "maximum", .inputs = {x}, .shape = shape, .ints = {axis, size}});
}

std::span<const LoweringRow> extreme_lowerings() { return kExtremeRows; }

}  // namespace limbeck::verify
