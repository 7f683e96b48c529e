#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "verify/bound/interval.h"
#include "verify/bound/linear_bounds.h"
#include "verify/graph/node.h"

/// What the passes know of an operation. Three kinds of rule; what holds for a whole kind
/// (substitution, intervals, forward bounds) is written once, in propagate.cpp.
namespace limbeck::verify {

using Tensors = std::vector<at::Tensor>;

/// An affine operation, y = L(x_1, ..., x_k) + shift.
///
/// Law:     <a, apply(x)> == <transpose(a), x>; apply(x, absolute) bounds |apply(x)| for |x| given.
struct AffineRule {
  /// Linear part of N stacked items, (N, *shape_i) each; with the absolute values of the weights
  /// when `is_absolute`.
  at::Tensor (*apply)(const Node& node, std::span<const at::Tensor> inputs, bool is_absolute);
  /// (N, *shape) to one (N, *shape_i) an input.
  Tensors (*transpose)(const Node& node, const at::Tensor& rows);
  /// Constant part, broadcastable against (1, *shape); undefined or null: none.
  at::Tensor (*shift)(const Node& node);
};

/// Two lines of a scalar function on each of many intervals.
///
/// Law:     for x in [l, u]: lower_slope x + lower_offset <= f(x) <= upper_slope x + upper_offset.
struct Lines {
  at::Tensor lower_slope, lower_offset, upper_slope, upper_offset;
};

/// Which of the sound lines or planes of a node a backward pass takes: how far the coordinate that
/// picks them (a slope, a point of contact, a mix of two planes) is moved, for what bounds from
/// below and from above.
///
/// Shapes:  (R, B, *shape of the node) each; values of interest lie in [-1, 1].
/// Law:     zero gives the usual lines; the lines of every finite shift are sound.
struct LineShift {
  at::Tensor lower, upper;
};

/// A function that is applied to each element.
struct ScalarRule {
  at::Tensor (*value)(const Node& node, const at::Tensor& x);
  Interval (*interval)(const Node& node, const Interval& x);
  Lines (*lines)(const Node& node, const Interval& x);
  /// Where tighter bounds of the input can change the lines; null: wherever l < u.
  at::Tensor (*is_loose)(const Node& node, const Interval& x);
  /// Shifted lines, one pair a row; null: none are known.
  Lines (*shifted)(const Node& node, const Interval& x, const LineShift& shift) = nullptr;
};

/// Coefficients of rows over the inputs of a node, and what is added to the bias of the rows (R,
/// B).
struct Substitution {
  Tensors coefficients;
  at::Tensor bias;
};

/// Any other operation.
struct JointRule {
  at::Tensor (*value)(const Node& node, std::span<const at::Tensor> inputs);
  Interval (*interval)(const Node& node, std::span<const Interval> inputs);
  /// Law:     for inputs within their intervals: <rows, value> >= sum_i <c_i, x_i> + bias.
  Substitution (*backward)(const Node& node, std::span<const Interval> inputs,
                           const at::Tensor& rows);
  LinearBounds (*forward)(const Node& node, std::span<const Interval> inputs,
                          std::span<const LinearBounds> bounds);
  /// `backward` with shifted planes; null: none are known.
  Substitution (*shifted)(const Node& node, std::span<const Interval> inputs,
                          const at::Tensor& rows, const LineShift& shift) = nullptr;
};

/// One row of the operation table.
struct Operation {
  std::string_view name;
  std::variant<AffineRule, ScalarRule, JointRule> rule;

  bool is_affine() const { return std::holds_alternative<AffineRule>(rule); }
  bool has_shifts() const;
};

/// Throws: UnsupportedError `relaxation_table: no relaxation for op 'x'; known: ...`.
const Operation& find_operation(std::string_view name);
std::span<const Operation> operation_table();

}  // namespace limbeck::verify
