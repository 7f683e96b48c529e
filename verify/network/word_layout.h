#pragma once

#include "verify/graph/graph.h"

namespace limbeck::verify {

/// A graph over rows (R, E), R the sum of `layout`, as one over words (T, W): W is the most rows of
/// a word times E, and each word's rows stand at its start.
///
/// Law:     the value for words is that of `graph` for the rows in them, in order.
Graph with_word_layout(const Graph& graph, const std::vector<int64_t>& layout);

}  // namespace limbeck::verify
