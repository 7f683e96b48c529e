#pragma once

#include <string>
#include <vector>

#include "verify/graph/node.h"

namespace limbeck::verify {

/// A function of one tensor as an immutable DAG in topological order; node 0 is the input. Every
/// node has a batch dimension in front of `shape`, and items do not see each other.
class Graph {
 public:
  /// The last node is the output. Throws: ShapeError when a node names itself or a later node.
  explicit Graph(std::vector<Node> nodes);

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(int64_t index) const { return nodes_[static_cast<size_t>(index)]; }
  int64_t size() const { return static_cast<int64_t>(nodes_.size()); }
  int64_t output() const { return size() - 1; }
  at::ScalarType dtype() const { return dtype_; }

  /// The same function with all floating-point constants converted.
  Graph to(at::ScalarType dtype) const;

 private:
  std::vector<Node> nodes_;
  at::ScalarType dtype_ = at::kFloat;
};

}  // namespace limbeck::verify
