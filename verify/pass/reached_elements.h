#pragma once

#include <vector>

#include "verify/graph/graph.h"

namespace limbeck::verify {

/// Elements of each node that the output depends on, bool (1, *shape): by one row of `dtype` pushed
/// back through the affine nodes; all of the inputs of products and softmax. A backward row for any
/// other element would be wasted. Were one missed (by a sum of weights that is exactly 0), its
/// bounds would stay those of intervals. Undefined for nodes that nothing reads.
std::vector<at::Tensor> reached_elements(const Graph& graph, at::ScalarType dtype);

}  // namespace limbeck::verify
