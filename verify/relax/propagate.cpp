#include "verify/relax/propagate.h"

#include <ATen/ATen.h>

#include <cmath>

#include "verify/relax/parallel_lines.h"
#include "verify/relax/rigorous.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

at::Tensor shift_of(const AffineRule& rule, const Node& node) {
  return rule.shift == nullptr ? at::Tensor() : rule.shift(node);
}

at::Tensor with_shift(const AffineRule& rule, const Node& node, at::Tensor y) {
  const at::Tensor shift = shift_of(rule, node);
  return shift.defined() ? y + shift : y;
}

/// L(center) + shift -+ |L|(radius): exact for an affine map of a box.
Interval affine_interval(const AffineRule& rule, const Node& node,
                         std::span<const Interval> inputs) {
  Tensors centers, radii;
  for (const Interval& input : inputs) {
    centers.push_back(center(input));
    radii.push_back(radius(input));
  }
  const at::Tensor middle = with_shift(rule, node, rule.apply(node, centers, false));
  const at::Tensor half = rule.apply(node, radii, true);
  return {middle - half, middle + half};
}

Substitution affine_backward(const AffineRule& rule, const Node& node, const at::Tensor& rows) {
  const int64_t r = rows.size(0), b = rows.size(1);
  Substitution result;
  for (at::Tensor& c : rule.transpose(node, rows.flatten(0, 1)))
    result.coefficients.push_back(c.unflatten(0, {r, b}));
  const at::Tensor shift = shift_of(rule, node);
  if (shift.defined()) {
    std::vector<int64_t> shape = {1};
    shape.insert(shape.end(), node.shape.begin(), node.shape.end());
    result.bias = dot_items(rows, shift.expand(shape));
  }
  return result;
}

LinearBounds affine_forward(const AffineRule& rule, const Node& node,
                            std::span<const LinearBounds> bounds) {
  Tensors middle, middle_bias, half, half_bias;
  bool is_exact = true;
  for (const LinearBounds& bound : bounds) is_exact = is_exact && bound.is_exact();
  for (const LinearBounds& bound : bounds) {
    middle.push_back(bound.middle.flatten(0, 1));
    middle_bias.push_back(bound.middle_bias);
    if (is_exact) continue;
    half.push_back(bound.is_exact() ? at::zeros_like(middle.back()) : bound.half.flatten(0, 1));
    half_bias.push_back(bound.is_exact() ? at::zeros_like(bound.middle_bias) : bound.half_bias);
  }
  const int64_t p = bounds[0].middle.size(0), b = bounds[0].middle.size(1);
  LinearBounds result;
  result.middle = rule.apply(node, middle, false).unflatten(0, {p, b});
  result.middle_bias = with_shift(rule, node, rule.apply(node, middle_bias, false));
  if (is_exact) return result;
  result.half = rule.apply(node, half, true).unflatten(0, {p, b});
  result.half_bias = rule.apply(node, half_bias, true);
  return result;
}

/// A+ times the lower line plus A- times the upper line, as A times their mean less |A| times half
/// their difference.
Substitution scalar_backward(const Lines& lines, const at::Tensor& rows) {
  const at::Tensor size = rows.abs();
  const at::Tensor slope = (lines.lower_slope + lines.upper_slope) * 0.5;
  const at::Tensor slope_gap = (lines.upper_slope - lines.lower_slope) * 0.5;
  const at::Tensor offset = (lines.lower_offset + lines.upper_offset) * 0.5;
  const at::Tensor offset_gap = (lines.upper_offset - lines.lower_offset) * 0.5;
  return {{at::addcmul(rows * slope, size, slope_gap, -1)},
          dot_items(rows, offset) - dot_items(size, offset_gap)};
}

/// For a line s x + o over middle -+ half: s middle + o -+ |s| half.
LinearBounds scalar_forward(const Lines& lines, const LinearBounds& x) {
  const at::Tensor slope = (lines.lower_slope + lines.upper_slope) * 0.5;
  const at::Tensor slope_gap = (lines.upper_slope - lines.lower_slope) * 0.5;
  LinearBounds result;
  result.middle = x.middle * slope;
  if (lines.are_parallel() && x.is_exact()) {
    result.middle_bias = x.middle_bias * slope + (lines.lower_offset + lines.upper_offset) * 0.5;
    result.half_bias = (lines.upper_offset - lines.lower_offset) * 0.5;
    return result;
  }
  result.half = x.middle * slope_gap;
  result.middle_bias = x.middle_bias * slope + (lines.lower_offset + lines.upper_offset) * 0.5;
  result.half_bias = x.middle_bias * slope_gap + (lines.upper_offset - lines.lower_offset) * 0.5;
  if (x.is_exact()) return result;
  const at::Tensor up = lines.upper_slope.abs(), low = lines.lower_slope.abs();
  const at::Tensor size = (up + low) * 0.5, size_gap = (up - low) * 0.5;
  result.middle = result.middle + x.half * size_gap;
  result.middle_bias = result.middle_bias + x.half_bias * size_gap;
  result.half = result.half + x.half * size;
  result.half_bias = result.half_bias + x.half_bias * size;
  return result;
}

Interval usual_interval(const Node& node, std::span<const Interval> inputs) {
  return std::visit(
      Overload{[&](const AffineRule& rule) { return affine_interval(rule, node, inputs); },
               [&](const ScalarRule& rule) { return rule.interval(node, inputs[0]); },
               [&](const JointRule& rule) { return rule.interval(node, inputs); }},
      find_operation(node.op).rule);
}

void subtract(Substitution& form, const at::Tensor& by) {
  form.bias = form.bias.defined() ? form.bias - by : -by;
}

}  // namespace

at::Tensor dot_items(const at::Tensor& a, const at::Tensor& v) {
  const at::Tensor rows = a.flatten(2);
  if (v.dim() == a.dim()) return (rows * v.flatten(2)).sum(-1);
  if (v.size(0) == 1) return at::matmul(rows, v.flatten());
  if (a.size(0) == 1) return (rows * v.flatten(1)).sum(-1);
  return at::bmm(rows.transpose(0, 1), v.flatten(1).unsqueeze(-1)).squeeze(-1).t();
}

at::Tensor node_value(const Node& node, std::span<const at::Tensor> inputs) {
  return std::visit(Overload{[&](const AffineRule& rule) {
                               return with_shift(rule, node, rule.apply(node, inputs, false));
                             },
                             [&](const ScalarRule& rule) { return rule.value(node, inputs[0]); },
                             [&](const JointRule& rule) { return rule.value(node, inputs); }},
                    find_operation(node.op).rule);
}

Interval node_interval(const Node& node, std::span<const Interval> inputs) {
  Interval result = usual_interval(node, inputs);
  if (std::isfinite(node.least)) result.lower = result.lower.clamp_min(node.least);
  if (std::isfinite(node.most)) result.upper = result.upper.clamp_max(node.most);
  return result;
}

Interval rigorous_interval(const Node& node, std::span<const Interval> inputs,
                           const Relaxation& relaxation) {
  std::optional<Interval> result = outward_interval(node, inputs);
  if (!result.has_value())
    result = widened(usual_interval(node, inputs), interval_rounding(node, inputs, relaxation));
  if (relaxation.execution.defined()) result = widened(*result, relaxation.execution);
  if (relaxation.execution.defined()) return *result;  // what is known holds in exact arithmetic
  // What is known is stored rounded, such as sqrt(n - 1).
  if (std::isfinite(node.least)) result->lower = result->lower.clamp_min(next_down(node.least));
  if (std::isfinite(node.most)) result->upper = result->upper.clamp_max(next_up(node.most));
  return *result;
}

Relaxation relax(const Node& node, std::span<const Interval> inputs, Arithmetic arithmetic,
                 int64_t readers, LineKind kind) {
  Relaxation result;
  const Operation& operation = find_operation(node.op);
  if (const auto* scalar = std::get_if<ScalarRule>(&operation.rule))
    result.lines = kind == LineKind::kParallel ? parallel_lines(node, inputs[0])
                                               : scalar->lines(node, inputs[0]);
  if (const auto* joint = std::get_if<JointRule>(&operation.rule))
    result.planes = joint->planes(node, inputs);
  if (is_rigorous(arithmetic)) make_rigorous(node, inputs, readers, arithmetic, result);
  return result;
}

Substitution node_backward(const Node& node, const Relaxation& relaxation, const at::Tensor& rows) {
  Substitution result = std::visit(
      Overload{[&](const AffineRule& rule) { return affine_backward(rule, node, rows); },
               [&](const ScalarRule&) { return scalar_backward(relaxation.lines, rows); },
               [&](const JointRule& rule) { return rule.backward(node, relaxation.planes, rows); }},
      find_operation(node.op).rule);
  if (relaxation.slack.defined()) subtract(result, dot_items(rows.abs(), relaxation.slack));
  if (relaxation.underflow.defined()) subtract(result, relaxation.underflow);
  return result;
}

Substitution node_backward(const Node& node, std::span<const Interval> inputs,
                           const at::Tensor& rows, const LineShift* shift) {
  if (shift == nullptr) return node_backward(node, relax(node, inputs), rows);
  const Operation& operation = find_operation(node.op);
  if (const auto* scalar = std::get_if<ScalarRule>(&operation.rule))
    return scalar_backward(scalar->shifted(node, inputs[0], *shift), rows);
  return std::get<JointRule>(operation.rule).shifted(node, inputs, rows, *shift);
}

LinearBounds node_forward(const Node& node, const Relaxation& relaxation,
                          std::span<const LinearBounds> inputs) {
  std::vector<LinearBounds> bounds(inputs.begin(), inputs.end());
  for (LinearBounds& bound : bounds)
    if (!bound.is_exact() && !bound.half.defined()) bound.half = at::zeros_like(bound.middle);
  LinearBounds result = std::visit(
      Overload{
          [&](const AffineRule& rule) { return affine_forward(rule, node, bounds); },
          [&](const ScalarRule&) { return scalar_forward(relaxation.lines, bounds[0]); },
          [&](const JointRule& rule) { return rule.forward(node, relaxation.planes, bounds); }},
      find_operation(node.op).rule);
  if (bounds[0].slack.defined()) result.slack = forward_slack(node, relaxation, bounds);
  return result;
}

LinearBounds node_forward(const Node& node, std::span<const Interval> inputs,
                          std::span<const LinearBounds> bounds) {
  return node_forward(node, relax(node, inputs), bounds);
}

at::Tensor loose_elements(const Node& node, std::span<const Interval> inputs, size_t index) {
  const Operation& operation = find_operation(node.op);
  const Interval& x = inputs[index];
  if (const auto* scalar = std::get_if<ScalarRule>(&operation.rule))
    if (scalar->is_loose != nullptr) return scalar->is_loose(node, x);
  if (operation.is_affine()) return at::zeros_like(x.lower, at::kBool);
  return x.lower < x.upper;
}

}  // namespace limbeck::verify
