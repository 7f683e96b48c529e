#include "verify/graph/graph_builder.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numeric>
#include <set>

#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

using Shape = GraphBuilder::Shape;

Shape broadcast(const Shape& a, const Shape& b) {
  const std::vector<int64_t> sizes = at::infer_size(a, b);
  return Shape(sizes.begin(), sizes.end());
}

/// Item shape of x combined with a constant that may carry a batch dimension of size 1.
Shape broadcast_constant(const Shape& x, const at::Tensor& constant) {
  if (!constant.defined()) return x;
  Shape with_batch = {1};
  with_batch.insert(with_batch.end(), x.begin(), x.end());
  const Shape shape =
      broadcast(with_batch, Shape(constant.sizes().begin(), constant.sizes().end()));
  if (shape.size() != with_batch.size() || shape[0] != 1)
    throw UnsupportedError("a constant adds a batch dimension of its own");
  return Shape(shape.begin() + 1, shape.end());
}

}  // namespace

GraphBuilder::GraphBuilder(Shape shape) {
  nodes_.push_back({.op = "input", .shape = std::move(shape)});
}

int64_t GraphBuilder::add(Node node) {
  if (node.place.empty()) node.place = place_;
  nodes_.push_back(std::move(node));
  return static_cast<int64_t>(nodes_.size()) - 1;
}

int64_t GraphBuilder::scalar(const std::string& op, int64_t x, std::vector<double> numbers) {
  return add({.op = op, .inputs = {x}, .shape = shape(x), .numbers = std::move(numbers)});
}

int64_t GraphBuilder::scale_shift(int64_t x, const at::Tensor& scale, const at::Tensor& shift) {
  const Shape result = broadcast_constant(broadcast_constant(shape(x), scale), shift);
  if (result != shape(x)) x = expand(x, result);
  return add({.op = "scale_shift", .inputs = {x}, .shape = result, .constants = {scale, shift}});
}

int64_t GraphBuilder::weighted_sum(const std::vector<int64_t>& xs,
                                   std::vector<double> coefficients) {
  Shape result = shape(xs.front());
  for (const int64_t x : xs) result = broadcast(result, shape(x));
  std::vector<int64_t> inputs;
  for (const int64_t x : xs) inputs.push_back(expand(x, result));
  return add({.op = "weighted_sum",
              .inputs = inputs,
              .shape = result,
              .numbers = std::move(coefficients)});
}

int64_t GraphBuilder::linear(int64_t x, const at::Tensor& weight, const at::Tensor& bias) {
  Shape result = shape(x);
  result.back() = weight.size(0);
  const at::Tensor own = weight.contiguous();
  return add(
      {.op = "linear", .inputs = {x}, .shape = result, .constants = {own, absolute(own), bias}});
}

const at::Tensor& GraphBuilder::absolute(const at::Tensor& weight) {
  std::pair<at::Tensor, at::Tensor>& entry = absolute_[weight.unsafeGetTensorImpl()];
  if (!entry.first.defined()) entry = {weight, weight.abs().contiguous()};
  return entry.second;
}

void GraphBuilder::limit(int64_t node, double least, double most) {
  nodes_[static_cast<size_t>(node)].least = least;
  nodes_[static_cast<size_t>(node)].most = most;
}

int64_t GraphBuilder::product(int64_t x, int64_t y) {
  if (x == y) {
    const int64_t square = scalar("square", x);
    nodes_.back().least = 0;
    return square;
  }
  const Shape result = broadcast(shape(x), shape(y));
  x = expand(x, result), y = expand(y, result);
  if (node(x).op != "sigmoid") std::swap(x, y);
  if (node(x).op == "sigmoid") {
    const int64_t inside = node(x).inputs[0];
    if (inside == y) return scalar("silu", y);
    return node(y).op == "tanh" ? gated_tanh(inside, node(y).inputs[0]) : gate(inside, y);
  }
  return add({.op = "product", .inputs = {x, y}, .shape = result});
}

int64_t GraphBuilder::gate(int64_t x, int64_t y) {
  return add({.op = "gate", .inputs = {x, y}, .shape = shape(x)});
}

int64_t GraphBuilder::gated_tanh(int64_t x, int64_t y) {
  return add({.op = "gated_tanh", .inputs = {x, y}, .shape = shape(x)});
}

int64_t GraphBuilder::matmul(int64_t x, int64_t y) {
  Shape result = shape(x);
  result.back() = shape(y).back();
  const double sums_to_one = node(x).op == "softmax" ? 1 : 0;
  return add({.op = "matmul", .inputs = {x, y}, .shape = result, .numbers = {sums_to_one}});
}

int64_t GraphBuilder::reshape(int64_t x, Shape result) {
  if (result == shape(x)) return x;
  return add({.op = "reshape", .inputs = {x}, .shape = std::move(result), .ints = shape(x)});
}

int64_t GraphBuilder::permute(int64_t x, std::vector<int64_t> axes) {
  Shape result;
  for (const int64_t axis : axes) result.push_back(shape(x)[static_cast<size_t>(axis)]);
  return add({.op = "permute", .inputs = {x}, .shape = result, .ints = std::move(axes)});
}

int64_t GraphBuilder::swap_last_two(int64_t x) {
  std::vector<int64_t> axes(shape(x).size());
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return permute(x, std::move(axes));
}

int64_t GraphBuilder::expand(int64_t x, Shape result) {
  if (result == shape(x)) return x;
  Shape padded(result.size() - shape(x).size(), 1);
  padded.insert(padded.end(), shape(x).begin(), shape(x).end());
  x = reshape(x, padded);
  if (result == padded) return x;
  return add({.op = "expand", .inputs = {x}, .shape = std::move(result), .ints = padded});
}

int64_t GraphBuilder::take(int64_t x, int64_t axis, const at::Tensor& index) {
  Shape result = shape(x);
  const int64_t size = result[static_cast<size_t>(axis)];
  result[static_cast<size_t>(axis)] = index.numel();
  return add(
      {.op = "take", .inputs = {x}, .shape = result, .ints = {axis, size}, .constants = {index}});
}

int64_t GraphBuilder::concat(const std::vector<int64_t>& xs, int64_t axis) {
  Node node{.op = "concat", .inputs = xs, .shape = shape(xs.front()), .ints = {axis}};
  int64_t& total = node.shape[static_cast<size_t>(axis)];
  total = 0;
  for (const int64_t x : xs) {
    node.ints.push_back(shape(x)[static_cast<size_t>(axis)]);
    total += node.ints.back();
  }
  return add(std::move(node));
}

int64_t GraphBuilder::reduce_sum(int64_t x, std::vector<int64_t> axes, double scale) {
  Node node{.op = "reduce_sum",
            .inputs = {x},
            .shape = shape(x),
            .ints = std::move(axes),
            .numbers = {scale}};
  for (const int64_t axis : node.ints) {
    int64_t& size = node.shape[static_cast<size_t>(axis)];
    node.numbers.push_back(static_cast<double>(size));
    size = 1;
  }
  return add(std::move(node));
}

int64_t GraphBuilder::softmax(int64_t x) {
  return add({.op = "softmax", .inputs = {x}, .shape = shape(x), .least = 0, .most = 1});
}

int64_t GraphBuilder::layer_norm(int64_t x, const at::Tensor& weight, const at::Tensor& bias,
                                 double epsilon) {
  const int64_t axis = static_cast<int64_t>(shape(x).size()) - 1;
  const double n = static_cast<double>(shape(x).back());
  const int64_t mean = reduce_sum(x, {axis}, 1 / n);
  const int64_t distance = weighted_sum({x, mean}, {1, -1});
  const int64_t variance = reduce_sum(product(distance, distance), {axis}, 1 / n);
  nodes_.back().least = 0;
  const at::Tensor shift = at::full({1}, epsilon, at::kDouble);
  const int64_t shifted = scale_shift(variance, {}, shift);
  nodes_.back().least = epsilon;
  const int64_t inverse = scalar("rsqrt", shifted);
  const int64_t unit = product(distance, inverse);
  // Samuelson 1968: no value lies further than sqrt(n - 1) standard deviations from the mean.
  nodes_.back().least = -std::sqrt(n - 1);
  nodes_.back().most = std::sqrt(n - 1);
  return weight.defined() || bias.defined() ? scale_shift(unit, weight, bias) : unit;
}

Graph GraphBuilder::finish(int64_t output) {
  // Only what the output depends on, in the same order.
  std::set<int64_t> used = {0, output};
  for (int64_t i = output; i > 0; --i)
    if (used.contains(i)) used.insert(node(i).inputs.begin(), node(i).inputs.end());
  std::vector<int64_t> place(nodes_.size(), -1);
  std::vector<Node> kept;
  for (const int64_t i : used) {
    place[static_cast<size_t>(i)] = static_cast<int64_t>(kept.size());
    kept.push_back(nodes_[static_cast<size_t>(i)]);
    for (int64_t& input : kept.back().inputs) input = place[static_cast<size_t>(input)];
  }
  return Graph(std::move(kept));
}

}  // namespace limbeck::verify
