#include "verify/pass/backward.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "verify/relax/propagate.h"
#include "verify/relax/rigorous.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

/// bias + more, less one rounding when it has to hold exactly.
at::Tensor added(const at::Tensor& bias, const at::Tensor& more, Arithmetic arithmetic) {
  const at::Tensor sum = bias + more;
  return is_rigorous(arithmetic) ? sum - sum.abs() * (2 * kUnit) : sum;
}

}  // namespace

LinearForm substitute_to_input(const Graph& graph, Relaxations& relaxations, int64_t target,
                               const at::Tensor& rows, const LineShifts& shifts,
                               const SubstitutionObserver& observe) {
  std::vector<at::Tensor> pending(static_cast<size_t>(target) + 1);
  pending[static_cast<size_t>(target)] = rows;
  at::Tensor bias = at::zeros({rows.size(0), rows.size(1)}, rows.options());
  for (int64_t i = target; i > 0; --i) {
    at::Tensor& mine = pending[static_cast<size_t>(i)];
    if (!mine.defined()) continue;
    const Node& node = graph.node(i);
    const LineShift* shift = shifts.empty() ? nullptr : &shifts[static_cast<size_t>(i)];
    if (shift != nullptr && !shift->lower.defined()) shift = nullptr;
    Substitution result = shift == nullptr
                              ? node_backward(node, relaxations.at(i), mine)
                              : node_backward(node, relaxations.inputs(i), mine, shift);
    if (observe) observe(i, mine, result);
    mine.reset();
    if (result.bias.defined()) bias = added(bias, result.bias, relaxations.arithmetic());
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

LinearForm substitute_to_input(const Graph& graph, const std::vector<Interval>& intervals,
                               int64_t target, const at::Tensor& rows, const LineShifts& shifts,
                               const SubstitutionObserver& observe) {
  Relaxations relaxations(graph, intervals);
  return substitute_to_input(graph, relaxations, target, rows, shifts, observe);
}

/// Whatever the region, its answer is made of terms of at most 3 <|rows|, m> for its largest
/// elements m: the centre or words, and the reach of what moves.
at::Tensor lower_over(const Region& region, const LinearForm& form, Arithmetic arithmetic) {
  const at::Tensor lower = region.lower(form.coefficient) + form.bias;
  if (!is_rigorous(arithmetic)) return lower;
  const at::Tensor most = magnitude(region.box());
  const double n = static_cast<double>(most[0].numel() + region.roundings());
  const at::Tensor slack = dot_items(form.coefficient.abs(), most) * (8 * gamma(n)) +
                           form.bias.abs() * (2 * kUnit) + lower.abs() * (2 * kUnit) +
                           most.flatten(1).sum(1) * kUnderflow + kUnderflow +
                           region.coordinate_reach() * kRootUnderflow;
  return lower - slack;
}

}  // namespace limbeck::verify
