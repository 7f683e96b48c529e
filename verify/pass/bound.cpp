#include "verify/pass/bound.h"

#include <torch/torch.h>

#include <limits>

#include "nlp/core/errors.h"
#include "verify/pass/backward.h"
#include "verify/pass/optimize_lines.h"
#include "verify/relax/propagate.h"

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
        is_target_(static_cast<size_t>(graph.size())) {
    if (method.intermediate == Intermediate::kForward ||
        method.intermediate == Intermediate::kForwardUnstable)
      forms_.resize(static_cast<size_t>(graph.size()));
  }

  BoundResult run(const at::Tensor& specification) {
    find_targets();
    find_last_readers();
    if (is_selective() || method_.intermediate == Intermediate::kBackward) find_reached();
    set_input();
    for (int64_t i = 1; i < graph_.size(); ++i) bound_node(i);
    BoundResult result;
    if (method_.is_backward) {
      result.form = method_.is_optimized
                        ? optimized_form(specification)
                        : substitute_to_input(graph_, intervals_, graph_.output(), specification);
      result.lower = region_.lower(result.form->coefficient) + result.form->bias;
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

  std::vector<Interval> input_intervals(const Node& node) {
    std::vector<Interval> inputs;
    for (const int64_t input : node.inputs) inputs.push_back(interval(input));
    return inputs;
  }

  bool is_selective() const {
    return method_.intermediate == Intermediate::kUnstable ||
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

  /// Elements that the output depends on, by one row pushed back through the affine nodes; all of
  /// the inputs of products and softmax. A row for any other element would be wasted. Were one
  /// missed (by a sum of weights that is exactly 0), its bounds would stay those of intervals.
  void find_reached() {
    reached_.resize(static_cast<size_t>(graph_.size()));
    reached_.back() = at::ones(graph_.node(graph_.output()).shape, at::kBool).unsqueeze(0);
    for (int64_t i = graph_.output(); i > 0; --i) {
      const Node& node = graph_.node(i);
      const at::Tensor& mine = reached_[static_cast<size_t>(i)];
      const Operation& operation = find_operation(node.op);
      Tensors back(node.inputs.size(), mine);
      if (const auto* affine = std::get_if<AffineRule>(&operation.rule)) {
        const at::Tensor uneven = at::arange(mine.numel(), region_.dtype()).mul(0.618).frac() + 1;
        back = affine->transpose(node, uneven.view(mine.sizes()) * mine);
      }
      for (size_t k = 0; k < node.inputs.size(); ++k) {
        at::Tensor& input = reached_[static_cast<size_t>(node.inputs[k])];
        const at::Tensor whole =
            at::ones(graph_.node(node.inputs[k]).shape, at::kBool).unsqueeze(0);
        const at::Tensor more =
            std::holds_alternative<JointRule>(operation.rule) ? whole : back[k].ne(0);
        input = input.defined() ? input | more : more;
      }
    }
  }

  void find_last_readers() {
    last_reader_.assign(static_cast<size_t>(graph_.size()), -1);
    for (int64_t i = 0; i < graph_.size(); ++i)
      for (const int64_t input : graph_.node(i).inputs)
        last_reader_[static_cast<size_t>(input)] = i;
  }

  void set_input() {
    interval(0) = region_.box();
    if (!forms_.empty()) forms_[0] = region_.coordinates();
  }

  void bound_node(int64_t i) {
    const Node& node = graph_.node(i);
    const std::vector<Interval> inputs = input_intervals(node);
    interval(i) = node_interval(node, inputs);
    if (!forms_.empty()) bound_forward(i, node, inputs);
    if (!is_target_[static_cast<size_t>(i)]) return;
    if (is_selective() || method_.intermediate == Intermediate::kBackward) bound_backward(i);
  }

  void bound_forward(int64_t i, const Node& node, const std::vector<Interval>& inputs) {
    std::vector<LinearBounds> bounds;
    for (const int64_t input : node.inputs) bounds.push_back(forms_[static_cast<size_t>(input)]);
    LinearBounds& form = forms_[static_cast<size_t>(i)];
    form = node_forward(node, inputs, bounds);
    if (is_target_[static_cast<size_t>(i)]) tighten(i, concretize(form));
    for (const int64_t input : node.inputs)
      if (last_reader_[static_cast<size_t>(input)] == i)
        forms_[static_cast<size_t>(input)] = {};  // the largest tensors of all: kept while needed
  }

  Interval concretize(const LinearBounds& form) const {
    if (form.is_exact())
      return {form.middle_bias + region_.lower_of_coordinates(form.middle),
              form.middle_bias - region_.lower_of_coordinates(-form.middle)};
    return {
        form.middle_bias - form.half_bias + region_.lower_of_coordinates(form.middle - form.half),
        form.middle_bias + form.half_bias - region_.lower_of_coordinates(-form.middle - form.half)};
  }

  void tighten(int64_t i, const Interval& other) {
    interval(i) =
        intersect(interval(i), other, graph_.node(i).place + " (" + graph_.node(i).op + ")");
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
    const int64_t block =
        std::max<int64_t>(1, rows_per_block(graph_, i, region_.batch(), options_.memory_bytes) / 2);
    at::Tensor lower = interval(i).lower.flatten(1), upper = interval(i).upper.flatten(1);
    for (int64_t start = 0; start < most; start += block) {
      const at::Tensor part = index.narrow(1, start, std::min(block, most - start));
      const at::Tensor both = unit_rows(i, part);
      const LinearForm form = substitute_to_input(graph_, intervals_, i, both);
      const at::Tensor bound = (region_.lower(form.coefficient) + form.bias).t();  // (B, 2 n)
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
    const at::Tensor by_box = dot_items(rows, center(y)) - dot_items(rows.abs(), radius(y));
    if (forms_.empty()) return by_box;
    const LinearBounds& form = forms_.back();
    std::vector<at::Tensor> bounds;
    for (int64_t r = 0; r < rows.size(0); ++r) {
      const at::Tensor row = rows[r].flatten(1), size = row.abs();  // (B, N)
      at::Tensor coefficient = (form.middle.flatten(2) * row).sum(-1);
      at::Tensor bias = (form.middle_bias.flatten(1) * row).sum(-1);
      if (!form.is_exact()) {
        coefficient = coefficient - (form.half.flatten(2) * size).sum(-1);
        bias = bias - (form.half_bias.flatten(1) * size).sum(-1);
      }
      bounds.push_back(bias + region_.lower_of_coordinates(coefficient));
    }
    return at::fmax(by_box, at::stack(bounds));
  }

  const Graph& graph_;
  const Region& region_;
  const BoundMethod& method_;
  const BoundOptions& options_;
  std::vector<Interval> intervals_;
  std::vector<LinearBounds> forms_;
  std::vector<int64_t> last_reader_;
  std::vector<at::Tensor> reached_;  // bool (1, *shape) of each node
  std::vector<bool> is_target_;
};

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
  return Bounding(graph, region, method, options).run(specification.expand(sizes));
}

std::string first_unbounded(const Graph& graph, const std::vector<Interval>& intervals,
                            int64_t item) {
  for (size_t i = 0; i < intervals.size(); ++i) {
    const at::Tensor lower = intervals[i].lower[item], upper = intervals[i].upper[item];
    if ((lower.isfinite() & upper.isfinite()).all().item<bool>()) continue;
    const Node& node = graph.node(static_cast<int64_t>(i));
    std::string text = node.place + " (" + node.op + ") is unbounded";
    for (const int64_t input : node.inputs) {
      const Interval& x = intervals[static_cast<size_t>(input)];
      text += "; its input lies in [" + std::to_string(x.lower[item].min().item<double>()) + ", " +
              std::to_string(x.upper[item].max().item<double>()) + "]";
    }
    return text;
  }
  return "";
}

at::Tensor evaluate(const Graph& graph, const at::Tensor& x) {
  std::vector<at::Tensor> values = {x};
  for (int64_t i = 1; i < graph.size(); ++i) {
    std::vector<at::Tensor> inputs;
    for (const int64_t input : graph.node(i).inputs)
      inputs.push_back(values[static_cast<size_t>(input)]);
    values.push_back(node_value(graph.node(i), inputs));
  }
  return values.back();
}

}  // namespace limbeck::verify
