#include "verify/pass/readers.h"

#include <algorithm>

namespace limbeck::verify {

std::vector<int64_t> last_readers(const Graph& graph) {
  std::vector<int64_t> last(static_cast<size_t>(graph.size()), -1);
  for (int64_t i = 0; i < graph.size(); ++i)
    for (const int64_t input : graph.node(i).inputs) last[static_cast<size_t>(input)] = i;
  return last;
}

std::vector<bool> separating_nodes(const Graph& graph) {
  const std::vector<int64_t> last = last_readers(graph);
  std::vector<bool> separates(last.size());
  int64_t furthest = -1;
  for (size_t i = 0; i < last.size(); ++i) {
    separates[i] = furthest <= static_cast<int64_t>(i);
    furthest = std::max(furthest, last[i]);
  }
  return separates;
}

}  // namespace limbeck::verify
