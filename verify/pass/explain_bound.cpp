#include "verify/pass/explain_bound.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "verify/pass/backward.h"
#include "verify/pass/optimize_lines.h"
#include "verify/relax/propagate.h"

namespace limbeck::verify {
namespace {

/// One substitution, kept: the rows over each node and what took their place.
struct Step {
  int64_t node;
  at::Tensor rows;
  Substitution result;
};

/// The row of each item with the least bound: (1, B, *output).
at::Tensor worst_rows(const at::Tensor& specification, const at::Tensor& lower) {
  std::vector<int64_t> sizes(specification.sizes().begin(), specification.sizes().end());
  sizes[0] = 1, sizes[1] = lower.size(1);
  std::vector<int64_t> all = sizes;
  all[0] = specification.size(0);
  at::Tensor index = lower.argmin(0).view({1, -1});
  while (index.dim() < specification.dim()) index = index.unsqueeze(-1);
  return specification.expand(all).gather(0, index.expand(sizes));
}

/// <a_i, v_i> - <c_i, v_inputs> - bias_i of one row for each item: (B).
at::Tensor loss_of(const Step& step, const Node& node, const std::vector<at::Tensor>& values) {
  at::Tensor loss = dot_items(step.rows, values[static_cast<size_t>(step.node)]);
  for (size_t k = 0; k < node.inputs.size(); ++k)
    loss =
        loss - dot_items(step.result.coefficients[k], values[static_cast<size_t>(node.inputs[k])]);
  if (step.result.bias.defined()) loss = loss - step.result.bias;
  return loss[0];
}

}  // namespace

std::vector<BoundExplanation> explain_bound(const Graph& graph, const Region& region,
                                            const at::Tensor& specification,
                                            const BoundMethod& method,
                                            const BoundOptions& options) {
  const at::NoGradGuard no_gradient;
  const BoundResult result = bound(graph, region, specification, method, options);
  const at::Tensor rows = worst_rows(specification, result.lower);
  const LineShifts shifts = method.is_optimized
                                ? optimize_lines(graph, region, result.intervals, rows, options)
                                : LineShifts();
  std::vector<Step> steps;
  const LinearForm form = substitute_to_input(
      graph, result.intervals, graph.output(), rows, shifts,
      [&](int64_t node, const at::Tensor& mine, const Substitution& substitution) {
        if (!find_operation(graph.node(node).op).is_affine())
          steps.push_back({node, mine, substitution});
      });
  const at::Tensor lower = (region.lower(form.coefficient) + form.bias)[0];
  const std::vector<at::Tensor> values =
      evaluate_nodes(graph, region.minimizer(form.coefficient.nan_to_num(0, 0, 0))[0]);
  const at::Tensor value = dot_items(rows, values.back())[0];
  std::vector<at::Tensor> losses;
  for (const Step& step : steps) losses.push_back(loss_of(step, graph.node(step.node), values));
  std::vector<BoundExplanation> all(static_cast<size_t>(region.batch()));
  for (size_t b = 0; b < all.size(); ++b) {
    const int64_t item = static_cast<int64_t>(b);
    BoundExplanation& one = all[b];
    one.bound = lower[item].item<double>();
    one.value = value[item].item<double>();
    if (!std::isfinite(one.bound) || !std::isfinite(one.value)) {
      one.bound = -std::numeric_limits<double>::infinity();
      one.reason = first_unbounded(graph, result.intervals, item);
      continue;
    }
    for (size_t i = 0; i < steps.size(); ++i) {
      const double loss = losses[i][item].item<double>();
      if (loss > 0) one.losses.push_back({steps[i].node, loss});
    }
    std::ranges::stable_sort(one.losses, std::greater<>(), &NodeLoss::loss);
  }
  return all;
}

}  // namespace limbeck::verify
