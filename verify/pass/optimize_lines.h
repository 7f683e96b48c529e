#pragma once

#include "verify/pass/backward.h"
#include "verify/pass/bound.h"
#include "verify/region/region.h"

namespace limbeck::verify {

/// The lines that raise the lower bound of each row and item most, found by projected gradient
/// ascent (Adam, shifts kept within [-1, 1], the learning rate falling to 0) on the bound, from the
/// usual lines; bounds inside stay as they are.
///
/// Shapes:  rows (R, B, *output); the shifts (R, B, *shape of the node) each.
/// Law:     the bound by these shifts is no smaller than that of any iterate, the usual lines
///          included. All shifts are sound, so the search needs no exactness.
/// Source:  Xu et al. 2021 (alpha-CROWN), sec. 3.1; differs: contact points of convex functions and
///          of softmax and mixes of the planes of products are optimised as well as slopes.
LineShifts optimize_lines(const Graph& graph, const Region& region,
                          const std::vector<Interval>& intervals, const at::Tensor& rows,
                          const BoundOptions& options);

}  // namespace limbeck::verify
