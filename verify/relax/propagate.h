#pragma once

#include "verify/relax/operation.h"

/// The four things that passes do with a node, for every kind of rule.
namespace limbeck::verify {

/// Value of the node for N items.
at::Tensor node_value(const Node& node, std::span<const at::Tensor> inputs);

/// Interval of the node, from intervals of its inputs, within what is known of the node.
Interval node_interval(const Node& node, std::span<const Interval> inputs);

/// Substitutes the node in linear lower bounds.
///
/// Shapes:  rows (R, B, *shape). `inputs` may be empty for affine operations.
/// Law:     <rows, node> >= sum_i <coefficient_i, input_i> + bias for inputs within the intervals.
/// With `shift`, by the lines that it picks (of operations that have shifts).
Substitution node_backward(const Node& node, std::span<const Interval> inputs,
                           const at::Tensor& rows, const LineShift* shift = nullptr);

/// Bounds of the node as functions of the coordinates of the region.
LinearBounds node_forward(const Node& node, std::span<const Interval> inputs,
                          std::span<const LinearBounds> bounds);

/// Elements of input `index` whose tighter bounds would tighten the node: bool (B, *shape_i).
at::Tensor loose_elements(const Node& node, std::span<const Interval> inputs, size_t index);

/// <a, v> of each row and item: a (R, B, ...), v (B, ...), (1, ...) or (R, B, ...) gives (R, B).
at::Tensor dot_items(const at::Tensor& a, const at::Tensor& v);

}  // namespace limbeck::verify
