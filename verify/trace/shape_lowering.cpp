#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

using Nodes = std::vector<int64_t>;

Nodes identity(GraphBuilder&, const LoweringCall& call) { return {call.node(0)}; }

Nodes dropout(GraphBuilder&, const LoweringCall& call) {
  if (call[2].value.toBool() && call.number(1) != 0) call.fail("expected evaluation mode");
  return {call.node(0)};
}

/// Whatever keeps the order of the elements.
Nodes reshape(GraphBuilder& b, const LoweringCall& call) {
  return {b.reshape(call.node(0), call.item_shape())};
}

Nodes expand(GraphBuilder& b, const LoweringCall& call) {
  return {b.expand(call.node(0), call.item_shape())};
}

Nodes permute(GraphBuilder& b, const LoweringCall& call) {
  const std::vector<int64_t> dims = call.integers(1);
  const int64_t rank = static_cast<int64_t>(dims.size());
  if ((dims[0] + rank) % rank != 0) call.fail("moves the batch dimension");
  std::vector<int64_t> axes;
  for (size_t i = 1; i < dims.size(); ++i) axes.push_back(call.axis(dims[i]));
  return {b.permute(call.node(0), axes)};
}

Nodes transpose(GraphBuilder& b, const LoweringCall& call) {
  std::vector<int64_t> axes(b.shape(call.node(0)).size());
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[static_cast<size_t>(call.axis(call.integer(1)))],
            axes[static_cast<size_t>(call.axis(call.integer(2)))]);
  return {b.permute(call.node(0), axes)};
}

Nodes select(GraphBuilder& b, const LoweringCall& call) {
  const int64_t axis = call.axis(call.integer(1));
  const int64_t size = b.shape(call.node(0))[static_cast<size_t>(axis)];
  const int64_t index = (call.integer(2) + size) % size;
  return {
      b.reshape(b.take(call.node(0), axis, at::full({1}, index, at::kLong)), call.item_shape())};
}

Nodes slice(GraphBuilder& b, const LoweringCall& call) {
  const int64_t dim = call.integer(1);
  if (call.item_shape() == b.shape(call.node(0))) return {call.node(0)};
  const int64_t axis = call.axis(dim), size = b.shape(call.node(0))[static_cast<size_t>(axis)];
  const auto clipped = [size](int64_t i) {
    return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size);
  };
  const int64_t start = clipped(call.integer(2, 0)), end = clipped(call.integer(3, size));
  return {b.take(call.node(0), axis, at::arange(start, end, call.integer(4, 1), at::kLong))};
}

Nodes narrow(GraphBuilder& b, const LoweringCall& call) {
  const int64_t axis = call.axis(call.integer(1)), start = call.integer(2);
  return {b.take(call.node(0), axis, at::arange(start, start + call.integer(3), at::kLong))};
}

Nodes index_select(GraphBuilder& b, const LoweringCall& call) {
  return {b.take(call.node(0), call.axis(call.integer(1)), call.constant(2))};
}

/// chunk, split, split_with_sizes: the outputs are consecutive parts.
Nodes split(GraphBuilder& b, const LoweringCall& call) {
  const int64_t axis = call.axis(call.integer(2));
  Nodes parts;
  int64_t start = 0;
  for (const at::Tensor& output : call.outputs) {
    const int64_t size = output.size(axis + 1);
    parts.push_back(b.take(call.node(0), axis, at::arange(start, start + size, at::kLong)));
    start += size;
  }
  return parts;
}

/// A constant beside nodes becomes a node that does not depend on its input: 0 x + constant.
Nodes as_nodes(GraphBuilder& b, const LoweringCall& call) {
  Nodes nodes;
  int64_t any = -1;
  for (const Operand& element : call[0].list)
    if (element.is_node()) any = element.node;
  for (const Operand& element : call[0].list) {
    if (element.is_node()) {
      nodes.push_back(element.node);
      continue;
    }
    const at::Tensor value = element.value.toTensor();
    if (value.size(0) != 1) call.fail("a constant part has a batch dimension of its own");
    const int64_t axis_count = value.dim() - 1;
    int64_t base = any;
    for (size_t axis = 0; axis < b.shape(any).size(); ++axis)
      base = b.take(base, static_cast<int64_t>(axis), at::zeros({1}, at::kLong));
    base = b.reshape(base, std::vector<int64_t>(static_cast<size_t>(axis_count), 1));
    nodes.push_back(b.scale_shift(base, at::zeros({1}, at::kDouble), value));
  }
  return nodes;
}

Nodes concat(GraphBuilder& b, const LoweringCall& call) {
  return {b.concat(as_nodes(b, call), call.axis(call.integer(1)))};
}

Nodes stack(GraphBuilder& b, const LoweringCall& call) {
  const int64_t dim = call.integer(1), rank = call.outputs[0].dim();
  const int64_t axis = (dim < 0 ? dim + rank : dim) - 1;
  if (axis < 0) call.fail("works on the batch dimension");
  Nodes nodes = as_nodes(b, call);
  std::vector<int64_t> shape = call.item_shape();
  shape[static_cast<size_t>(axis)] = 1;
  for (int64_t& node : nodes) node = b.reshape(node, shape);
  return {b.concat(nodes, axis)};
}

constexpr LoweringRow kShapeRows[] = {
    {"aten::contiguous", identity},
    {"aten::clone", identity},
    {"aten::detach", identity},
    {"aten::alias", identity},
    {"aten::to", identity},
    {"aten::dropout", dropout},
    {"aten::feature_dropout", dropout},
    {"aten::view", reshape},
    {"aten::reshape", reshape},
    {"aten::_unsafe_view", reshape},
    {"aten::flatten", reshape},
    {"aten::unflatten", reshape},
    {"aten::unsqueeze", reshape},
    {"aten::squeeze", reshape},
    {"aten::expand", expand},
    {"aten::expand_as", expand},
    {"aten::permute", permute},
    {"aten::transpose", transpose},
    {"aten::select", select},
    {"aten::slice", slice},
    {"aten::narrow", narrow},
    {"aten::index_select", index_select},
    {"aten::chunk", split},
    {"aten::split", split},
    {"aten::split_with_sizes", split},
    {"aten::cat", concat},
    {"aten::stack", stack},
};

}  // namespace

std::span<const LoweringRow> shape_lowerings() { return kShapeRows; }

}  // namespace limbeck::verify
