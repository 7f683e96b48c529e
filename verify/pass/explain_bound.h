#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "verify/pass/bound.h"

namespace limbeck::verify {

/// What the lines of one node cost a bound.
struct NodeLoss {
  int64_t node = 0;
  double loss = 0;  ///< > 0
};

/// Where one linear bound lost its precision.
struct BoundExplanation {
  double bound = 0;              ///< of the worst row; -inf: nothing was proved, and no losses
  double value = 0;              ///< the row at the point of the region that the bound fears most
  std::vector<NodeLoss> losses;  ///< largest first, of nodes that lost something
  std::string reason;            ///< what was unbounded, where nothing was proved
};

/// Splits the distance between a bound and the function among the operations.
///
/// With x* the minimiser of the linear bound over the region, the substitution of node i takes the
/// rows a_i over its value v_i(x*) to c_i over the values of its inputs and a bias; what goes
/// missing there, <a_i, v_i> - <c_i, v_inputs> - bias_i >= 0, is the gap of its lines at x*. Law:
/// the losses sum to value - bound, up to rounding. (What the intervals inside are too wide
///          by shows as loss of the nodes that read them.)
/// The worst row of each item is explained. Methods that make no backward bound are explained by
/// the substitution over their intervals.
/// Shapes:  as bound(); one explanation an item.
std::vector<BoundExplanation> explain_bound(const Graph& graph, const Region& region,
                                            const at::Tensor& specification,
                                            const BoundMethod& method,
                                            const BoundOptions& options = {});

}  // namespace limbeck::verify
