#pragma once

#include <vector>

#include "verify/bound/interval.h"
#include "verify/bound/linear_bounds.h"
#include "verify/graph/graph.h"
#include "verify/relax/operation.h"

namespace limbeck::verify {

/// A choice of lines for each node; none where `lower` is undefined.
using LineShifts = std::vector<LineShift>;

/// Substitutes rows over `target` down to the input; by shifted lines where `shifts` has some.
///
/// Shapes:  rows (R, B, *shape of target); intervals of all nodes before it.
/// Law:     <rows, target> >= <coefficient, input> + bias wherever the intervals hold.
LinearForm substitute_to_input(const Graph& graph, const std::vector<Interval>& intervals,
                               int64_t target, const at::Tensor& rows,
                               const LineShifts& shifts = {});

/// Most rows of one block, from the bytes that a row takes at the widest node up to `target`.
int64_t rows_per_block(const Graph& graph, int64_t target, int64_t batch, int64_t memory_bytes);

}  // namespace limbeck::verify
