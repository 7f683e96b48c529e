#pragma once

#include <functional>
#include <vector>

#include "verify/bound/interval.h"
#include "verify/bound/linear_bounds.h"
#include "verify/graph/graph.h"
#include "verify/pass/relaxations.h"
#include "verify/region/region.h"
#include "verify/relax/operation.h"

namespace limbeck::verify {

/// A choice of lines for each node; none where `lower` is undefined.
using LineShifts = std::vector<LineShift>;

/// Told of each node that is substituted: its number, the rows over it (R, B, *shape), and what
/// takes their place.
using SubstitutionObserver =
    std::function<void(int64_t node, const at::Tensor& rows, const Substitution& result)>;

/// Substitutes rows over `target` down to the input; by shifted lines where `shifts` has some (not
/// in rigorous arithmetic).
///
/// Shapes:  rows (R, B, *shape of target); relaxations of all nodes up to it.
/// Law:     <rows, target> >= <coefficient, input> + bias wherever the intervals hold; in rigorous
///          arithmetic exactly so, for the coefficients and the bias as they are stored.
LinearForm substitute_to_input(const Graph& graph, Relaxations& relaxations, int64_t target,
                               const at::Tensor& rows, const LineShifts& shifts = {},
                               const SubstitutionObserver& observe = {});
/// The same over intervals, in the usual arithmetic.
LinearForm substitute_to_input(const Graph& graph, const std::vector<Interval>& intervals,
                               int64_t target, const at::Tensor& rows,
                               const LineShifts& shifts = {},
                               const SubstitutionObserver& observe = {});

/// min of <coefficient, x> + bias over a region: (R, B). In rigorous arithmetic at most that.
at::Tensor lower_over(const Region& region, const LinearForm& form, Arithmetic arithmetic);

}  // namespace limbeck::verify
