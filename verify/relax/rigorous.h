#pragma once

#include <optional>

#include "verify/relax/relaxation.h"

/// What rounding costs, once for each kind of rule. In every sum of products the error is at most
/// gamma_n times the sum of the absolute products (rounding.h); `Reach` bounds that sum, and all
/// numbers here are computed at twice their first-order size, which covers the rounding of the
/// bounds themselves: (1 + gamma_n)^4 < 2 for n < 2^50.
namespace limbeck::verify {

/// The larger of |lower| and |upper|.
at::Tensor magnitude(const Interval& x);

/// Each bound moved outward by `by` and one more rounding.
Interval widened(const Interval& x, const at::Tensor& by);

/// Interval of a node whose rule encloses it by itself (a scalar function, an operation that only
/// copies or compares, softmax); none: the usual interval must be widened by interval_rounding().
std::optional<Interval> outward_interval(const Node& node, std::span<const Interval> inputs);

/// What rounding can have cost the usual interval of the node.
at::Tensor interval_rounding(const Node& node, std::span<const Interval> inputs,
                             const Relaxation& relaxation);

/// Offsets of lines, lowered and raised until the lines are sound; slopes stay.
void move_outward(const Node& node, const Interval& x, Lines& lines);

/// Fills the rigorous fields of a relaxation and moves its lines or planes outward.
void make_rigorous(const Node& node, std::span<const Interval> inputs, int64_t readers,
                   Arithmetic arithmetic, Relaxation& relaxation);

/// Slack of forward bounds of the node, from size and slack of its inputs' bounds.
at::Tensor forward_slack(const Node& node, const Relaxation& relaxation,
                         std::span<const LinearBounds> bounds);

}  // namespace limbeck::verify
