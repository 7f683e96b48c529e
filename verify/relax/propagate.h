#pragma once

#include "verify/relax/operation.h"
#include "verify/relax/relaxation.h"

/// The four things that passes do with a node, for every kind of rule.
namespace limbeck::verify {

/// Value of the node for N items.
at::Tensor node_value(const Node& node, std::span<const at::Tensor> inputs);

/// Interval of the node, from intervals of its inputs, within what is known of the node.
Interval node_interval(const Node& node, std::span<const Interval> inputs);
/// The same, sound with rounding; `relaxation` is that of the node with these inputs, and may be
/// empty for scalar functions.
Interval rigorous_interval(const Node& node, std::span<const Interval> inputs,
                           const Relaxation& relaxation);

/// Substitutes the node in linear lower bounds.
///
/// Shapes:  rows (R, B, *shape).
/// Law:     <rows, node> >= sum_i <coefficient_i, input_i> + bias for inputs within the intervals.
Substitution node_backward(const Node& node, const Relaxation& relaxation, const at::Tensor& rows);

/// The same; `inputs` may be empty for affine operations. With `shift`, by the lines that it picks
/// (of operations that have shifts).
Substitution node_backward(const Node& node, std::span<const Interval> inputs,
                           const at::Tensor& rows, const LineShift* shift = nullptr);

/// Bounds of the node as functions of the coordinates of the region.
LinearBounds node_forward(const Node& node, const Relaxation& relaxation,
                          std::span<const LinearBounds> bounds);
LinearBounds node_forward(const Node& node, std::span<const Interval> inputs,
                          std::span<const LinearBounds> bounds);

/// Elements of input `index` whose tighter bounds would tighten the node: bool (B, *shape_i).
at::Tensor loose_elements(const Node& node, std::span<const Interval> inputs, size_t index);

/// <a, v> of each row and item: a (R, B, ...), v (B, ...), (1, ...) or (R, B, ...) gives (R, B).
at::Tensor dot_items(const at::Tensor& a, const at::Tensor& v);

}  // namespace limbeck::verify
