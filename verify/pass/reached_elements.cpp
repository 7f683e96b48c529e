#include "verify/pass/reached_elements.h"

#include <ATen/ATen.h>

#include "verify/relax/operation.h"

namespace limbeck::verify {

std::vector<at::Tensor> reached_elements(const Graph& graph, at::ScalarType dtype) {
  std::vector<at::Tensor> reached(static_cast<size_t>(graph.size()));
  reached.back() = at::ones(graph.node(graph.output()).shape, at::kBool).unsqueeze(0);
  for (int64_t i = graph.output(); i > 0; --i) {
    const Node& node = graph.node(i);
    const at::Tensor& mine = reached[static_cast<size_t>(i)];
    const Operation& operation = find_operation(node.op);
    Tensors back(node.inputs.size(), mine);
    if (const auto* affine = std::get_if<AffineRule>(&operation.rule)) {
      const at::Tensor uneven = at::arange(mine.numel(), dtype).mul(0.618).frac() + 1;
      back = affine->transpose(node, uneven.view(mine.sizes()) * mine);
    }
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      at::Tensor& input = reached[static_cast<size_t>(node.inputs[k])];
      const at::Tensor whole = at::ones(graph.node(node.inputs[k]).shape, at::kBool).unsqueeze(0);
      const at::Tensor more =
          std::holds_alternative<JointRule>(operation.rule) ? whole : back[k].ne(0);
      input = input.defined() ? input | more : more;
    }
  }
  return reached;
}

}  // namespace limbeck::verify
