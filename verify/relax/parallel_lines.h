#pragma once

#include "verify/bound/interval.h"
#include "verify/graph/node.h"
#include "verify/relax/operation.h"

namespace limbeck::verify {

/// Two lines of one slope around a scalar function, that of its chord: what a zonotope needs, where
/// the distance of the lines becomes one error symbol.
///
/// Law:     that of Lines, with lower_slope == upper_slope; offsets are rounded outward in float64.
///          Slope 0 where the chord has none; infinite offsets where the function is unbounded.
/// Source:  Singh et al. 2018 (DeepZ) for ReLU, where it leaves the smallest area.
Lines parallel_lines(const Node& node, const Interval& x);

}  // namespace limbeck::verify
