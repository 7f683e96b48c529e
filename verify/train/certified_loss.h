#pragma once

#include "verify/graph/graph.h"
#include "verify/region/region.h"

namespace limbeck::verify {

/// An upper bound of the cross entropy of each item over its region: no input of the region has a
/// larger one. Differentiable in the constants of the graph and in the region.
///
/// Interval bounds inside, then rows substituted down to the input (CROWN-IBP); `interval_share` of
/// each margin comes from the intervals alone, which train where linear bounds are still flat.
///
/// Few classes: each margin m_c is bounded, log(1 + sum exp(-m_c)) falls in all. Many: the sum is
/// bounded as one function (loss fusion): a chord of exp over the interval of each -m_c, then one
/// row in the place of C - 1. That is cheaper, and looser by what the chords lose.
///
/// Shapes:  labels (B) int64; result (B).
/// Law:     for x in the region: cross_entropy(logit_scale f(x), label) <= result, up to rounding.
/// Source:  Xu et al. 2020, sec. 3.3 (loss fusion); Zhang et al. 2020 (CROWN-IBP), eq. 9 (the mix).
at::Tensor robust_cross_entropy(const Graph& graph, const Region& region, const at::Tensor& labels,
                                double interval_share, double logit_scale = 1);

}  // namespace limbeck::verify
