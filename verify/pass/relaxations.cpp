#include "verify/pass/relaxations.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace limbeck::verify {

Relaxations::Relaxations(const Graph& graph, const std::vector<Interval>& intervals,
                         Arithmetic arithmetic, LineKind kind)
    : graph_(graph),
      intervals_(intervals),
      arithmetic_(arithmetic),
      kind_(kind),
      made_(static_cast<size_t>(graph.size())),
      is_made_(static_cast<size_t>(graph.size())),
      readers_(static_cast<size_t>(graph.size())) {
  for (const Node& node : graph.nodes())
    for (const int64_t input : node.inputs) ++readers_[static_cast<size_t>(input)];
}

std::vector<Interval> Relaxations::inputs(int64_t node) const {
  std::vector<Interval> inputs;
  for (const int64_t input : graph_.node(node).inputs)
    inputs.push_back(intervals_[static_cast<size_t>(input)]);
  return inputs;
}

const Relaxation& Relaxations::at(int64_t node) {
  const size_t i = static_cast<size_t>(node);
  if (is_made_[i]) return made_[i];
  int64_t readers = 1;
  for (const int64_t input : graph_.node(node).inputs)
    readers = std::max(readers, readers_[static_cast<size_t>(input)]);
  made_[i] = relax(graph_.node(node), inputs(node), arithmetic_, readers, kind_);
  is_made_[i] = true;
  return made_[i];
}

}  // namespace limbeck::verify
