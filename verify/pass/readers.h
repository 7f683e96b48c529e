#pragma once

#include <cstdint>
#include <vector>

#include "verify/graph/graph.h"

namespace limbeck::verify {

/// The last node that reads each node; -1: none does.
std::vector<int64_t> last_readers(const Graph& graph);

/// Of a node that has every symbol of its inputs: the union of theirs, ascending.
std::vector<int64_t> merged_owners(const Node& node,
                                   const std::vector<std::vector<int64_t>>& owners);

/// Whether all that comes after each node reads nothing before it.
std::vector<bool> separating_nodes(const Graph& graph);

}  // namespace limbeck::verify
