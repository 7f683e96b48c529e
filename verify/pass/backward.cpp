#include "verify/pass/backward.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>

#include "verify/relax/propagate.h"

namespace limbeck::verify {

LinearForm substitute_to_input(const Graph& graph, const std::vector<Interval>& intervals,
                               int64_t target, const at::Tensor& rows, const LineShifts& shifts) {
  std::vector<at::Tensor> pending(static_cast<size_t>(target) + 1);
  pending[static_cast<size_t>(target)] = rows;
  at::Tensor bias = at::zeros({rows.size(0), rows.size(1)}, rows.options());
  for (int64_t i = target; i > 0; --i) {
    at::Tensor& mine = pending[static_cast<size_t>(i)];
    if (!mine.defined()) continue;
    const Node& node = graph.node(i);
    std::vector<Interval> inputs;
    for (const int64_t input : node.inputs) inputs.push_back(intervals[static_cast<size_t>(input)]);
    const LineShift* shift = shifts.empty() ? nullptr : &shifts[static_cast<size_t>(i)];
    if (shift != nullptr && !shift->lower.defined()) shift = nullptr;
    Substitution result = node_backward(node, inputs, mine, shift);
    mine.reset();
    if (result.bias.defined()) bias = bias + result.bias;
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      at::Tensor& sum = pending[static_cast<size_t>(node.inputs[k])];
      sum = sum.defined() ? sum + result.coefficients[k] : result.coefficients[k];
    }
  }
  at::Tensor& form = pending[0];
  if (!form.defined()) {
    std::vector<int64_t> sizes = {rows.size(0), rows.size(1)};
    sizes.insert(sizes.end(), graph.node(0).shape.begin(), graph.node(0).shape.end());
    form = at::zeros(sizes, rows.options());
  }
  return {form, bias};
}

int64_t rows_per_block(const Graph& graph, int64_t target, int64_t batch, int64_t memory_bytes) {
  int64_t widest = 1;
  for (int64_t i = 0; i <= target; ++i) {
    const std::vector<int64_t>& shape = graph.node(i).shape;
    widest = std::max(widest,
                      std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>()));
  }
  constexpr int64_t kLiveTensors = 8;  // rows, |rows|, products and pending sums of one step
  const int64_t bytes = widest * batch * kLiveTensors * (graph.dtype() == at::kFloat ? 4 : 8);
  return std::max<int64_t>(1, memory_bytes / bytes);
}

}  // namespace limbeck::verify
