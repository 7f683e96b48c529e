#include "verify/pass/readers.h"

#include <algorithm>
#include <iterator>

namespace limbeck::verify {

std::vector<int64_t> last_readers(const Graph& graph) {
  std::vector<int64_t> last(static_cast<size_t>(graph.size()), -1);
  for (int64_t i = 0; i < graph.size(); ++i)
    for (const int64_t input : graph.node(i).inputs) last[static_cast<size_t>(input)] = i;
  return last;
}

std::vector<int64_t> merged_owners(const Node& node,
                                   const std::vector<std::vector<int64_t>>& owners) {
  std::vector<int64_t> all;
  for (const int64_t input : node.inputs) {
    std::vector<int64_t> merged;
    std::ranges::set_union(all, owners[static_cast<size_t>(input)], std::back_inserter(merged));
    all = std::move(merged);
  }
  return all;
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
