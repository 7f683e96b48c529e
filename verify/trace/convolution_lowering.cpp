#include <ATen/ATen.h>

#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

using Nodes = std::vector<int64_t>;

/// A convolution over two axes; one over a single axis gets a second one of size 1 in front.
struct Geometry {
  at::Tensor weight;  // (out, in / groups, height, width)
  std::vector<int64_t> stride, padding, dilation;
};

std::vector<int64_t> two(std::vector<int64_t> values, int64_t filler, bool is_one_axis) {
  if (is_one_axis) return {filler, values.front()};
  if (values.size() == 1) values.push_back(values[0]);
  return values;
}

/// The kernel with zeros between its rows and columns: dilation written out.
at::Tensor dilated(const at::Tensor& weight, const std::vector<int64_t>& dilation) {
  if (dilation[0] == 1 && dilation[1] == 1) return weight;
  const int64_t height = (weight.size(2) - 1) * dilation[0] + 1,
                width = (weight.size(3) - 1) * dilation[1] + 1;
  const at::Tensor rows = at::arange(weight.size(2), at::kLong) * dilation[0],
                   columns = at::arange(weight.size(3), at::kLong) * dilation[1];
  const at::Tensor tall =
      at::zeros({weight.size(0), weight.size(1), height, weight.size(3)}, weight.options())
          .index_add(2, rows, weight);
  return at::zeros({weight.size(0), weight.size(1), height, width}, weight.options())
      .index_add(3, columns, tall);
}

Geometry geometry(const LoweringCall& call, bool is_one_axis) {
  if (call[4].value.isString()) call.fail("expected padding as numbers, got a name");
  at::Tensor weight = call.constant(1);
  if (is_one_axis) weight = weight.unsqueeze(2);
  const std::vector<int64_t> dilation = two(call.integers(5), 1, is_one_axis);
  return {dilated(weight, dilation), two(call.integers(3), 1, is_one_axis),
          two(call.integers(4), 0, is_one_axis), dilation};
}

/// conv1d, conv2d (input, weight, bias, stride, padding, dilation, groups) and _convolution (...,
/// dilation, transposed, output padding, groups).
Nodes convolution(GraphBuilder& b, const LoweringCall& call) {
  const bool is_general = call.name == "aten::_convolution" || call.name == "aten::convolution";
  if (is_general && call[6].value.toBool()) call.fail("expected no transposed convolution");
  const std::vector<int64_t> after = call.item_shape();
  if (after.size() != 2 && after.size() != 3) call.fail("expected one or two spatial axes");
  const bool is_one_axis = after.size() == 2;
  const Geometry g = geometry(call, is_one_axis);
  int64_t x = call.node(0);
  if (is_one_axis) x = b.reshape(x, {b.shape(x)[0], 1, b.shape(x)[1]});
  std::vector<int64_t> shape = after;
  if (is_one_axis) shape.insert(shape.begin() + 1, 1);
  const std::vector<int64_t> before = b.shape(x);
  const int64_t y = b.add({.op = "conv2d",
                           .inputs = {x},
                           .shape = shape,
                           .ints = {g.stride[0], g.stride[1], g.padding[0], g.padding[1],
                                    call.integer(is_general ? 8 : 6, 1), before[1], before[2]},
                           .constants = {g.weight, g.weight.abs(), call.constant(2)}});
  return {b.reshape(y, after)};
}

constexpr LoweringRow kConvolutionRows[] = {
    {"aten::conv1d", convolution},
    {"aten::conv2d", convolution},
    {"aten::convolution", convolution},
    {"aten::_convolution", convolution},
};

}  // namespace

std::span<const LoweringRow> convolution_lowerings() { return kConvolutionRows; }

}  // namespace limbeck::verify
