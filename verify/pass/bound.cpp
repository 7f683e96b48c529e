#include "verify/pass/bound.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <optional>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "verify/pass/backward.h"
#include "verify/pass/form_memory.h"
#include "verify/pass/forms.h"
#include "verify/pass/memory_limit.h"
#include "verify/pass/optimize_lines.h"
#include "verify/pass/reached_elements.h"
#include "verify/relax/propagate.h"
#include "verify/relax/rigorous.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

/// The nodes of one graph over one region, bounded one after the other.
class Bounding {
 public:
  Bounding(const Graph& graph, const Region& region, const BoundMethod& method,
           const BoundOptions& options)
      : graph_(graph),
        region_(region),
        method_(method),
        options_(options),
        intervals_(static_cast<size_t>(graph.size())),
        relaxations_(graph_, intervals_, options.arithmetic),
        is_target_(static_cast<size_t>(graph.size())) {}

  BoundResult run(const at::Tensor& specification) {
    find_targets();
    if (is_selective() || method_.intermediate == Intermediate::kBackward)
      reached_ = reached_elements(graph_, region_.dtype());
    set_input();
    for (int64_t i = 1; i < graph_.size(); ++i) bound_node(i);
    BoundResult result;
    if (method_.is_backward) {
      result.form =
          method_.is_optimized ? optimized_form(specification) : blocked_form(specification);
      result.lower = lower_over(region_, *result.form, options_.arithmetic);
    } else {
      result.lower = at_output(specification);
    }
    result.lower = result.lower.nan_to_num(-std::numeric_limits<double>::infinity(),
                                           std::numeric_limits<double>::infinity(),
                                           -std::numeric_limits<double>::infinity());
    result.intervals = std::move(intervals_);
    return result;
  }

 private:
  Interval& interval(int64_t i) { return intervals_[static_cast<size_t>(i)]; }

  bool is_selective() const {
    return method_.intermediate == Intermediate::kUnstable ||
           method_.intermediate == Intermediate::kZonotopeUnstable ||
           method_.intermediate == Intermediate::kForwardUnstable;
  }

  /// Whether inputs of the node get backward rows. The selective methods leave products and softmax
  /// to the cheaper bounds: their inputs are many, and every element of them would be a row.
  bool wants_rows(const Node& node) const {
    const Operation& operation = find_operation(node.op);
    return is_selective() ? std::holds_alternative<ScalarRule>(operation.rule)
                          : !operation.is_affine();
  }

  /// Tight bounds pay where a node that is not affine reads them; the output counts as read.
  void find_targets() {
    for (const Node& node : graph_.nodes())
      if (node.op != "input" && !find_operation(node.op).is_affine())
        for (const int64_t input : node.inputs) is_target_[static_cast<size_t>(input)] = true;
    if (!method_.is_backward) is_target_[static_cast<size_t>(graph_.output())] = true;
  }

  void set_input() {
    interval(0) = region_.box();
    if (is_rigorous()) interval(0) = widened(interval(0), magnitude(interval(0)) * (4 * kUnit));
    if (!has_forms(method_)) return;
    const FormMemory memory(graph_, method_, region_.coordinate_count());
    memory.require(region_.batch(), options_.memory_bytes);
    if (!has_zonotopes(method_)) {
      form_bytes_ = memory.needed(region_.batch(), options_.memory_bytes);
      forms_.emplace(graph_, region_, relaxations_, std::nullopt);
      return;
    }
    form_bytes_ = memory.share(options_.memory_bytes);
    parallel_.emplace(graph_, intervals_, options_.arithmetic, LineKind::kParallel);
    forms_.emplace(graph_, region_, *parallel_, memory.symbols(options_.memory_bytes));
  }

  bool is_rigorous() const { return verify::is_rigorous(options_.arithmetic); }

  void stop_on_signal() const {
    if (options_.stops_on_signal) stop_if_interrupted();
  }

  void bound_node(int64_t i) {
    stop_on_signal();
    const Node& node = graph_.node(i);
    interval(i) =
        is_rigorous() ? outward_interval_of(i) : node_interval(node, relaxations_.inputs(i));
    if (forms_) forms_->add_node(i);
    if (!is_target_[static_cast<size_t>(i)]) return;
    if (forms_) tighten(i, forms_->range(i));
    if (is_selective() || method_.intermediate == Intermediate::kBackward) bound_backward(i);
  }

  /// Of real-valued scalar functions without their lines, which intervals do not need.
  Interval outward_interval_of(int64_t i) {
    const Node& node = graph_.node(i);
    const bool needs_none = options_.arithmetic == Arithmetic::kRigorous &&
                            std::holds_alternative<ScalarRule>(find_operation(node.op).rule);
    return rigorous_interval(node, relaxations_.inputs(i),
                             needs_none ? Relaxation() : relaxations_.at(i));
  }

  void tighten(int64_t i, const Interval& other) {
    interval(i) = intersect(interval(i), other,
                            graph_.node(i).place + " (" + graph_.node(i).op + ")", is_rigorous());
  }

  /// Elements of node i, (B, N), that are worth a backward row.
  at::Tensor chosen_elements(int64_t i) {
    const Interval& x = interval(i);
    at::Tensor chosen = at::zeros_like(x.lower, at::kBool);
    for (int64_t reader = i + 1; reader < graph_.size(); ++reader) {
      const Node& node = graph_.node(reader);
      for (size_t k = 0; k < node.inputs.size(); ++k)
        if (node.inputs[k] == i && wants_rows(node)) {
          std::vector<Interval> inputs(node.inputs.size());
          inputs[k] = x;
          chosen = chosen | loose_elements(node, inputs, k);
        }
    }
    if (is_selective()) {
      const at::Tensor size = at::maximum(x.lower.abs(), x.upper.abs()).clamp_min(1);
      chosen = chosen & ~(x.upper - x.lower <= options_.min_gap * size);
    }
    return (chosen & reached_[static_cast<size_t>(i)]).flatten(1);
  }

  /// Two rows, e and -e, for each chosen element; items with fewer take part with repeated
  /// elements.
  void bound_backward(int64_t i) {
    const at::Tensor chosen = chosen_elements(i).detach();
    const int64_t most = chosen.sum(1).max().item<int64_t>();
    if (most == 0) return;
    const at::Tensor index = std::get<1>(chosen.to(at::kByte).topk(most, 1));  // (B, most)
    const int64_t block = std::max<int64_t>(
        1, rows_per_block(graph_, i, region_.batch(), options_.memory_bytes, form_bytes_) / 2);
    at::Tensor lower = interval(i).lower.flatten(1), upper = interval(i).upper.flatten(1);
    for (int64_t start = 0; start < most; start += block) {
      stop_on_signal();
      const at::Tensor part = index.narrow(1, start, std::min(block, most - start));
      const at::Tensor both = unit_rows(i, part);
      const LinearForm form = substitute_to_input(graph_, relaxations_, i, both);
      const at::Tensor bound = lower_over(region_, form, options_.arithmetic).t();  // (B, 2 n)
      const int64_t n = part.size(1);
      lower = lower.scatter(1, part, at::fmax(lower.gather(1, part), bound.narrow(1, 0, n)));
      upper = upper.scatter(1, part, at::fmin(upper.gather(1, part), -bound.narrow(1, n, n)));
    }
    tighten(i, {lower.view(interval(i).lower.sizes()), upper.view(interval(i).upper.sizes())});
  }

  at::Tensor unit_rows(int64_t i, const at::Tensor& index) const {
    const at::Tensor& like = intervals_[static_cast<size_t>(i)].lower;
    const int64_t n = index.size(1), width = like[0].numel();
    const at::Tensor one = at::zeros({n, like.size(0), width}, like.options())
                               .scatter(2, index.t().unsqueeze(-1), 1.0);
    std::vector<int64_t> sizes = {2 * n};
    sizes.insert(sizes.end(), like.sizes().begin(), like.sizes().end());
    return at::cat({one, -one}, 0).view(sizes);
  }

  /// As many rows at a time as the memory allows.
  LinearForm blocked_form(const at::Tensor& rows) {
    const int64_t block =
        rows_per_block(graph_, graph_.output(), region_.batch(), options_.memory_bytes);
    std::vector<at::Tensor> coefficients, biases;
    for (int64_t start = 0; start < rows.size(0); start += block) {
      stop_on_signal();
      const LinearForm form =
          substitute_to_input(graph_, relaxations_, graph_.output(),
                              rows.narrow(0, start, std::min(block, rows.size(0) - start)));
      coefficients.push_back(form.coefficient);
      biases.push_back(form.bias);
    }
    if (biases.size() == 1) return {coefficients[0], biases[0]};
    return {at::cat(coefficients), at::cat(biases)};
  }

  /// Each block of rows with the lines that are best for it.
  LinearForm optimized_form(const at::Tensor& rows) {
    const int64_t block = optimized_rows_per_block(graph_, region_.batch(), options_.memory_bytes);
    std::vector<at::Tensor> coefficients, biases;
    for (int64_t start = 0; start < rows.size(0); start += block) {
      const at::Tensor part = rows.narrow(0, start, std::min(block, rows.size(0) - start));
      const LineShifts shifts = optimize_lines(graph_, region_, intervals_, part, options_);
      const LinearForm form =
          substitute_to_input(graph_, intervals_, graph_.output(), part, shifts);
      coefficients.push_back(form.coefficient);
      biases.push_back(form.bias);
    }
    return {at::cat(coefficients), at::cat(biases)};
  }

  /// Rows over the box of the output, or over its linear forms when there are some.
  at::Tensor at_output(const at::Tensor& rows) {
    const Interval& y = interval(graph_.output());
    at::Tensor by_box = dot_items(rows, center(y)) - dot_items(rows.abs(), radius(y));
    const double n = static_cast<double>(y.lower[0].numel() + 8);
    if (is_rigorous())
      by_box = by_box - dot_items(rows.abs(), magnitude(y)) * (8 * gamma(n)) - kUnderflow;
    if (!forms_) return by_box;
    std::vector<at::Tensor> bounds;
    for (int64_t r = 0; r < rows.size(0); ++r) bounds.push_back(forms_->row(rows[r]));
    return at::fmax(by_box, at::stack(bounds));
  }

  const Graph& graph_;
  const Region& region_;
  const BoundMethod& method_;
  const BoundOptions& options_;
  std::vector<Interval> intervals_;
  Relaxations relaxations_;
  std::optional<Relaxations> parallel_;  // of zonotopes
  std::optional<Forms> forms_;
  int64_t form_bytes_ = 0;  // of forward bounds, which backward bounds inside find beside them
  std::vector<at::Tensor> reached_;  // bool (1, *shape) of each node
  std::vector<bool> is_target_;
};

/// [lower, upper] of one element, or of all where `element` is -1.
std::string range_text(const Interval& x, int64_t item, int64_t element) {
  const at::Tensor lower = x.lower[item].flatten(), upper = x.upper[item].flatten();
  char text[64];
  std::snprintf(text, sizeof text, "[%.6g, %.6g]",
                (element < 0 ? lower.min() : lower[element]).item<double>(),
                (element < 0 ? upper.max() : upper[element]).item<double>());
  return text;
}

void check_gradients(const Graph& graph, const Region& region, const BoundMethod& method) {
  if (!has_zonotopes(method) || !at::GradMode::is_enabled()) return;
  bool has_gradients = region.box().lower.requires_grad() || region.box().upper.requires_grad();
  for (const Node& node : graph.nodes())
    for (const at::Tensor& constant : node.constants)
      has_gradients = has_gradients || (constant.defined() && constant.requires_grad());
  if (has_gradients)
    throw ConfigError("gradients of bounds: expected a method without zonotopes, got '" +
                      method.name + "'");
}

void check_rigorous(const Graph& graph, const Region& region, const BoundMethod& method) {
  if (method.is_optimized)
    throw ConfigError("rigorous arithmetic: expected a method without a search for lines, got '" +
                      method.name + "'");
  bool is_double = region.dtype() == at::kDouble;
  for (const Node& node : graph.nodes())
    for (const at::Tensor& constant : node.constants)
      is_double = is_double && (!constant.defined() || !constant.is_floating_point() ||
                                constant.scalar_type() == at::kDouble);
  if (!is_double)
    throw ConfigError("rigorous arithmetic: expected a network and a region in float64");
}

}  // namespace

BoundResult bound(const Graph& graph, const Region& region, const at::Tensor& specification,
                  const BoundMethod& method, const BoundOptions& options) {
  std::vector<int64_t> sizes = {specification.size(0), region.batch()};
  const std::vector<int64_t>& output = graph.node(graph.output()).shape;
  sizes.insert(sizes.end(), output.begin(), output.end());
  if (specification.dim() != static_cast<int64_t>(sizes.size()) ||
      (specification.size(1) != 1 && specification.size(1) != region.batch()) ||
      specification.sizes().slice(2) != at::IntArrayRef(output))
    throw ShapeError("bound: expected a specification (R, B, output) for " +
                     std::to_string(region.batch()) + " items");
  if (is_rigorous(options.arithmetic)) check_rigorous(graph, region, method);
  check_gradients(graph, region, method);
  return Bounding(graph, region, method, options).run(specification.expand(sizes));
}

std::string first_unbounded(const Graph& graph, const std::vector<Interval>& intervals,
                            int64_t item) {
  for (size_t i = 0; i < intervals.size(); ++i) {
    const at::Tensor lower = intervals[i].lower[item].flatten(),
                     upper = intervals[i].upper[item].flatten();
    const at::Tensor is_bounded = lower.isfinite() & upper.isfinite();
    if (is_bounded.all().item<bool>()) continue;
    const int64_t element = is_bounded.to(at::kByte).argmin().item<int64_t>();
    const Node& node = graph.node(static_cast<int64_t>(i));
    const Operation& operation = find_operation(node.op);
    const bool is_elementwise = std::holds_alternative<ScalarRule>(operation.rule);
    std::string text = node.place + " (" + node.op + ") is unbounded";
    for (const int64_t input : node.inputs)
      text += "; its input lies in " + range_text(intervals[static_cast<size_t>(input)], item,
                                                  is_elementwise ? element : -1);
    return text;
  }
  return "";
}

std::vector<at::Tensor> evaluate_nodes(const Graph& graph, const at::Tensor& x) {
  std::vector<at::Tensor> values = {x};
  for (int64_t i = 1; i < graph.size(); ++i) {
    std::vector<at::Tensor> inputs;
    for (const int64_t input : graph.node(i).inputs)
      inputs.push_back(values[static_cast<size_t>(input)]);
    values.push_back(node_value(graph.node(i), inputs));
  }
  return values;
}

at::Tensor evaluate(const Graph& graph, const at::Tensor& x) {
  return evaluate_nodes(graph, x).back();
}

}  // namespace limbeck::verify
