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
  /// Most products that are summed to one number by apply or transpose; 0: both only copy.
  int64_t (*terms)(const Node& node);
  bool only_copies = false;  ///< apply does not round, whatever transpose does
};

/// Two lines of a scalar function on each of many intervals.
///
/// Law:     for x in [l, u]: lower_slope x + lower_offset <= f(x) <= upper_slope x + upper_offset.
struct Lines {
  at::Tensor lower_slope, lower_offset, upper_slope, upper_offset;

  bool are_parallel() const { return lower_slope.is_same(upper_slope); }
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

/// Absolute terms of linear bounds whose inputs have given magnitudes: `linear` of what is
/// multiplied with an input, `constant` of all else; (B, *shape) each.
struct Reach {
  at::Tensor linear, constant;
};

/// Any other operation. Its planes are tensors in an order of its own, made once from the intervals
/// of the inputs.
struct JointRule {
  at::Tensor (*value)(const Node& node, std::span<const at::Tensor> inputs);
  Interval (*interval)(const Node& node, std::span<const Interval> inputs);
  /// Law:     for inputs within their intervals: <rows, value> >= sum_i <c_i, x_i> + bias.
  Substitution (*backward)(const Node& node, const Tensors& planes, const at::Tensor& rows);
  LinearBounds (*forward)(const Node& node, const Tensors& planes,
                          std::span<const LinearBounds> bounds);
  Tensors (*planes)(const Node& node, std::span<const Interval> inputs);
  /// Law:     the absolute terms that `backward` adds up, at inputs of these magnitudes, are at
  /// most
  ///          <|rows|, linear + constant>; those of `interval` and of the planes at most 2 of them.
  Reach (*reach)(const Node& node, const Tensors& planes, std::span<const at::Tensor> magnitudes);
  /// `backward` with shifted planes; null: none are known.
  Substitution (*shifted)(const Node& node, std::span<const Interval> inputs,
                          const at::Tensor& rows, const LineShift& shift) = nullptr;
  /// `interval`, sound with rounding; null: it is made of sums and products, whose rounding `reach`
  /// bounds.
  Interval (*outward_interval)(const Node& node, std::span<const Interval> inputs) = nullptr;
  /// Moves planes outward; null: their rounding is within that of `reach`.
  void (*move_outward)(std::span<const Interval> inputs, Tensors& planes) = nullptr;
  /// What float32 may be wrong by when it executes the node at inputs within the intervals; null:
  /// rounding of sums and products within `reach`.
  at::Tensor (*execution)(const Node& node, std::span<const Interval> inputs) = nullptr;
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
