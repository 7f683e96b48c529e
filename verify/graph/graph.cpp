#include "verify/graph/graph.h"

#include <ATen/ATen.h>

#include <unordered_map>

#include "nlp/core/errors.h"

namespace limbeck::verify {

Graph::Graph(std::vector<Node> nodes) : nodes_(std::move(nodes)) {
  for (int64_t i = 0; i < size(); ++i) {
    for (const int64_t input : node(i).inputs)
      if (input < 0 || input >= i)
        throw ShapeError("graph: node " + std::to_string(i) + " (" + node(i).op +
                         "): expected inputs before it, got node " + std::to_string(input));
    for (const at::Tensor& constant : node(i).constants)
      if (constant.defined() && constant.is_floating_point()) dtype_ = constant.scalar_type();
  }
}

Graph Graph::to(at::ScalarType dtype) const {
  std::vector<Node> nodes = nodes_;
  std::unordered_map<const void*, at::Tensor> converted;  // what nodes share they go on sharing
  for (Node& node : nodes)
    for (at::Tensor& constant : node.constants) {
      if (!constant.defined() || !constant.is_floating_point()) continue;
      at::Tensor& entry = converted[constant.unsafeGetTensorImpl()];
      if (!entry.defined()) entry = constant.to(dtype);
      constant = entry;
    }
  Graph graph(std::move(nodes));
  graph.dtype_ = dtype;
  return graph;
}

}  // namespace limbeck::verify
