#pragma once

#include <vector>

#include "verify/graph/graph.h"
#include "verify/relax/relaxation.h"

namespace limbeck::verify {

/// The relaxations of a graph over intervals of its nodes, each made when it is first asked for:
/// the blocks of rows of a node, and of all nodes after it, share them.
///
/// The intervals of a node's inputs must not change after it was asked for. Graph and intervals
/// outlive the object.
class Relaxations {
 public:
  Relaxations(const Graph& graph, const std::vector<Interval>& intervals,
              Arithmetic arithmetic = Arithmetic::kNearest, LineKind kind = LineKind::kUsual);

  const Relaxation& at(int64_t node);
  std::vector<Interval> inputs(int64_t node) const;
  Arithmetic arithmetic() const { return arithmetic_; }

 private:
  const Graph& graph_;
  const std::vector<Interval>& intervals_;
  Arithmetic arithmetic_;
  LineKind kind_;
  std::vector<Relaxation> made_;
  std::vector<bool> is_made_;
  std::vector<int64_t> readers_;  // of each node: how many nodes read it
};

}  // namespace limbeck::verify
