#include "verify/pass/optimize_lines.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nlp/core/interrupt.h"

namespace limbeck::verify {
namespace {

/// One tensor under projected Adam ascent, and the best values that each row and item has had.
class Moved {
 public:
  explicit Moved(const at::Tensor& like)
      : value_(at::zeros_like(like).requires_grad_()),
        best_(at::zeros_like(like)),
        first_(at::zeros_like(like)),
        second_(at::zeros_like(like)) {}

  const at::Tensor& value() const { return value_; }
  const at::Tensor& best() const { return best_; }

  /// Takes the present values where `is_better` (R, B).
  void keep(const at::Tensor& is_better) {
    std::vector<int64_t> sizes(is_better.sizes().begin(), is_better.sizes().end());
    sizes.resize(static_cast<size_t>(value_.dim()), 1);
    best_ = at::where(is_better.view(sizes), value_.detach(), best_);
  }

  void climb(const at::Tensor& gradient, int64_t step, double rate) {
    constexpr double kFirst = 0.9, kSecond = 0.999;
    first_.mul_(kFirst).add_(gradient, 1 - kFirst);
    second_.mul_(kSecond).addcmul_(gradient, gradient, 1 - kSecond);
    const double count = static_cast<double>(step + 1);
    const at::Tensor size = (second_ / (1 - std::pow(kSecond, count))).sqrt();
    const at::Tensor direction =
        (first_ / (1 - std::pow(kFirst, count)) / size.masked_fill(size == 0, 1)).nan_to_num(0);
    value_ = (value_.detach() + rate * direction).clamp(-1, 1).requires_grad_();
  }

 private:
  at::Tensor value_, best_, first_, second_;
};

/// The shifts of one node.
struct NodeShift {
  size_t node;
  Moved lower, upper;
};

std::vector<NodeShift> start(const Graph& graph, const at::Tensor& rows) {
  std::vector<NodeShift> all;
  for (int64_t i = 1; i < graph.size(); ++i) {
    const Node& node = graph.node(i);
    if (!find_operation(node.op).has_shifts()) continue;
    std::vector<int64_t> sizes = {rows.size(0), rows.size(1)};
    sizes.insert(sizes.end(), node.shape.begin(), node.shape.end());
    const at::Tensor like = at::empty(sizes, rows.options().requires_grad(false));
    all.push_back({static_cast<size_t>(i), Moved(like), Moved(like)});
  }
  return all;
}

}  // namespace

LineShifts optimize_lines(const Graph& graph, const Region& region,
                          const std::vector<Interval>& intervals, const at::Tensor& rows,
                          const BoundOptions& options) {
  const at::AutoGradMode with_gradients(true);
  std::vector<Interval> fixed;
  for (const Interval& x : intervals) fixed.push_back({x.lower.detach(), x.upper.detach()});
  std::vector<NodeShift> moved = start(graph, rows);
  LineShifts shifts(static_cast<size_t>(graph.size()));
  at::Tensor best;
  for (int64_t step = 0; step <= options.iterations; ++step) {
    if (options.stops_on_signal) stop_if_interrupted();
    std::vector<at::Tensor> variables;
    for (const NodeShift& shift : moved) {
      shifts[shift.node] = {shift.lower.value(), shift.upper.value()};
      variables.insert(variables.end(), {shift.lower.value(), shift.upper.value()});
    }
    const LinearForm form =
        substitute_to_input(graph, fixed, graph.output(), rows.detach(), shifts);
    const at::Tensor lower = region.lower(form.coefficient) + form.bias, seen = lower.detach();
    const at::Tensor is_better = best.defined() ? seen > best : seen.isfinite();
    best = best.defined() ? at::where(is_better, seen, best)
                          : seen.masked_fill(~is_better, -std::numeric_limits<double>::infinity());
    for (NodeShift& shift : moved) shift.lower.keep(is_better), shift.upper.keep(is_better);
    if (step == options.iterations || !lower.requires_grad()) break;
    const std::vector<at::Tensor> gradients = torch::autograd::grad(
        {lower.masked_fill(~seen.isfinite(), 0).sum()}, variables, {}, /*retain_graph=*/false,
        /*create_graph=*/false, /*allow_unused=*/true);
    const double left = 1 - static_cast<double>(step) / static_cast<double>(options.iterations);
    for (size_t k = 0; k < moved.size(); ++k) {
      const double rate = options.learning_rate * left;
      if (gradients[2 * k].defined()) moved[k].lower.climb(gradients[2 * k], step, rate);
      if (gradients[2 * k + 1].defined()) moved[k].upper.climb(gradients[2 * k + 1], step, rate);
    }
  }
  for (const NodeShift& shift : moved)
    shifts[shift.node] = {shift.lower.best(), shift.upper.best()};
  return shifts;
}

}  // namespace limbeck::verify
