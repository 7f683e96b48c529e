#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "verify/graph/graph.h"

namespace limbeck::verify {

/// Appends nodes in topological order; each call gives the index of the new node. Operations that
/// the table of verify/relax does not have are expanded here into those that it has.
class GraphBuilder {
 public:
  using Shape = std::vector<int64_t>;

  /// Starts with the input, of `shape` without the batch dimension.
  explicit GraphBuilder(Shape shape);

  const Shape& shape(int64_t node) const { return nodes_[static_cast<size_t>(node)].shape; }
  int64_t size() const { return static_cast<int64_t>(nodes_.size()); }
  const Node& node(int64_t index) const { return nodes_[static_cast<size_t>(index)]; }
  /// Named in the messages of the nodes that follow.
  void set_place(std::string place) { place_ = std::move(place); }

  int64_t scalar(const std::string& op, int64_t x, std::vector<double> numbers = {});
  /// x * scale + shift; each a constant that broadcasts against (1, *shape), or undefined.
  int64_t scale_shift(int64_t x, const at::Tensor& scale, const at::Tensor& shift);
  /// Sum of coefficient_i * x_i, with broadcasting.
  int64_t weighted_sum(const std::vector<int64_t>& xs, std::vector<double> coefficients);
  /// x W^T + b over the last axis: weight (out, in), bias (out) or undefined.
  int64_t linear(int64_t x, const at::Tensor& weight, const at::Tensor& bias);
  /// Elementwise, with broadcasting; squares and gates are recognised.
  int64_t product(int64_t x, int64_t y);
  /// sigmoid(x) y, and sigmoid(x) tanh(y), of nodes of one shape.
  int64_t gate(int64_t x, int64_t y);
  int64_t gated_tanh(int64_t x, int64_t y);
  /// Batched matrix product of two nodes of equal leading sizes; marked when the rows of x are
  /// known to sum to one.
  int64_t matmul(int64_t x, int64_t y);
  int64_t reshape(int64_t x, Shape shape);
  /// `axes` counts item axes from 0, without the batch dimension.
  int64_t permute(int64_t x, std::vector<int64_t> axes);
  int64_t swap_last_two(int64_t x);
  int64_t expand(int64_t x, Shape shape);
  /// Elements `index` along an item axis.
  int64_t take(int64_t x, int64_t axis, const at::Tensor& index);
  int64_t concat(const std::vector<int64_t>& xs, int64_t axis);
  /// scale * sum over item axes, kept as size 1.
  int64_t reduce_sum(int64_t x, std::vector<int64_t> axes, double scale);
  int64_t softmax(int64_t x);  ///< over the last axis
  /// Over the last axis, with division by sqrt(variance + epsilon); weight and bias may be
  /// undefined.
  int64_t layer_norm(int64_t x, const at::Tensor& weight, const at::Tensor& bias, double epsilon);
  int64_t add(Node node);
  /// What is known of every element of a node, whatever the input is.
  void limit(int64_t node, double least, double most);

  Graph finish(int64_t output);

 private:
  const at::Tensor& absolute(const at::Tensor& weight);

  std::vector<Node> nodes_;
  std::string place_;
  /// |W| of weights by identity, the weight beside it so that it lives: layers that are unrolled
  /// use one weight many times.
  std::map<const void*, std::pair<at::Tensor, at::Tensor>> absolute_;
};

}  // namespace limbeck::verify
