#include "verify/relax/rigorous.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "verify/rigor/rounding.h"
#include "verify/rigor/shape.h"

namespace limbeck::verify {
namespace {

/// Roundings of one element beside its longest sum: centres and radii, mean and gap of two lines,
/// pending sums, and constants that were themselves computed from stored ones (1 / c, b + b').
constexpr double kOwn = 24;

int64_t elements(const Node& node) {
  int64_t count = 1;
  for (const int64_t size : node.shape) count *= size;
  return count;
}

/// The longest sum of a node, in products.
double terms(const Node& node, std::span<const Interval> inputs) {
  const Operation& operation = find_operation(node.op);
  if (const auto* affine = std::get_if<AffineRule>(&operation.rule))
    return static_cast<double>(affine->terms(node));
  if (std::holds_alternative<ScalarRule>(operation.rule)) return 1;
  int64_t axes = 0;  // matrix products and softmax sum over one of the last two axes
  for (const Interval& input : inputs)
    for (int64_t axis = 1; axis <= std::min<int64_t>(2, input.lower.dim() - 1); ++axis)
      axes += input.lower.size(-axis);
  return 2 * static_cast<double>(axes);
}

/// Absolute terms of the node at inputs of these magnitudes.
Reach reach_of(const Node& node, const Relaxation& relaxation, std::span<const at::Tensor> sizes) {
  const Operation& operation = find_operation(node.op);
  if (const auto* affine = std::get_if<AffineRule>(&operation.rule)) {
    const at::Tensor linear = affine->apply(node, sizes, true);
    const at::Tensor shift = affine->shift == nullptr ? at::Tensor() : affine->shift(node);
    return {linear, shift.defined() ? shift.abs().expand_as(linear) : at::Tensor()};
  }
  if (const auto* joint = std::get_if<JointRule>(&operation.rule))
    return joint->reach(node, relaxation.planes, sizes);
  const Lines& lines = relaxation.lines;
  return {at::maximum(lines.lower_slope.abs(), lines.upper_slope.abs()) * sizes[0],
          at::maximum(lines.lower_offset.abs(), lines.upper_offset.abs())};
}

/// `linear` and `constant` with their relative errors, doubled.
at::Tensor rounding_of(const Reach& reach, double linear_terms, double constant_terms) {
  const at::Tensor by_linear = reach.linear * (2 * gamma(linear_terms));
  if (!reach.constant.defined()) return by_linear;
  return by_linear + reach.constant * (2 * gamma(constant_terms));
}

/// Applies a function of (lower, upper) of one element to all of them, on all threads.
template <class Function>
void for_each_element(const Interval& x, const Function& function) {
  const double *lower = x.lower.const_data_ptr<double>(), *upper = x.upper.const_data_ptr<double>();
  at::parallel_for(0, x.lower.numel(), 512, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) function(static_cast<size_t>(i), lower[i], upper[i]);
  });
}

Interval contiguous(const Interval& x) { return {x.lower.contiguous(), x.upper.contiguous()}; }

Interval scalar_interval(const Node& node, const Interval& input) {
  const Shape& shape = find_shape(node.op);
  const Interval x = contiguous(input), y{at::empty_like(x.lower), at::empty_like(x.lower)};
  double *least = y.lower.data_ptr<double>(), *most = y.upper.data_ptr<double>();
  for_each_element(x, [&](size_t i, double lower, double upper) {
    least[i] = least_rest(shape, node.numbers, lower, upper, 0);
    most[i] = most_rest(shape, node.numbers, lower, upper, 0);
  });
  return y;
}

}  // namespace

at::Tensor magnitude(const Interval& x) { return at::maximum(x.lower.abs(), x.upper.abs()); }

Interval widened(const Interval& x, const at::Tensor& by) {
  const at::Tensor all = by + magnitude(x) * (2 * kUnit) + kUnderflow;
  return {x.lower - all, x.upper + all};
}

void move_outward(const Node& node, const Interval& input, Lines& lines) {
  const Shape& shape = find_shape(node.op);
  const Interval x = contiguous(input);
  const at::Tensor below = lines.lower_slope.contiguous(), above = lines.upper_slope.contiguous();
  lines.lower_offset = at::empty_like(x.lower), lines.upper_offset = at::empty_like(x.lower);
  const double *low = below.const_data_ptr<double>(), *high = above.const_data_ptr<double>();
  double *least = lines.lower_offset.data_ptr<double>(),
         *most = lines.upper_offset.data_ptr<double>();
  for_each_element(x, [&](size_t i, double lower, double upper) {
    least[i] = least_rest(shape, node.numbers, lower, upper, low[i]);
    most[i] = most_rest(shape, node.numbers, lower, upper, high[i]);
  });
}

std::optional<Interval> outward_interval(const Node& node, std::span<const Interval> inputs) {
  const Operation& operation = find_operation(node.op);
  if (std::holds_alternative<ScalarRule>(operation.rule)) return scalar_interval(node, inputs[0]);
  if (const auto* joint = std::get_if<JointRule>(&operation.rule)) {
    if (joint->outward_interval == nullptr) return {};
    return joint->outward_interval(node, inputs);
  }
  const auto& affine = std::get<AffineRule>(operation.rule);
  if (affine.terms(node) != 0) return {};
  std::vector<at::Tensor> lower, upper;
  for (const Interval& x : inputs) lower.push_back(x.lower), upper.push_back(x.upper);
  return Interval{affine.apply(node, lower, false), affine.apply(node, upper, false)};
}

/// Centre and radius of the inputs take part once each: twice the terms of `reach`.
at::Tensor interval_rounding(const Node& node, std::span<const Interval> inputs,
                             const Relaxation& relaxation) {
  const double n = terms(node, inputs) + kOwn;
  return 2 * rounding_of(relaxation.reach, n, n);
}

namespace {

/// What float32 may be wrong by when it executes the node; undefined: nothing.
at::Tensor execution_error(const Node& node, std::span<const Interval> inputs,
                           const Relaxation& relaxation) {
  const Operation& operation = find_operation(node.op);
  if (const auto* affine = std::get_if<AffineRule>(&operation.rule))
    if (affine->only_copies) return {};
  const auto* joint = std::get_if<JointRule>(&operation.rule);
  if (joint != nullptr && joint->execution != nullptr) return joint->execution(node, inputs);
  const bool is_scalar = std::holds_alternative<ScalarRule>(operation.rule);
  const double n = is_scalar ? 4 * kExecutedUlps : terms(node, inputs) + kOwn;
  at::Tensor size = relaxation.reach.linear;
  if (relaxation.reach.constant.defined()) size = size + relaxation.reach.constant;
  if (is_scalar && find_shape(node.op).is_multiple_of_x) size = size + magnitude(inputs[0]);
  return size * (2 * gamma_float(n)) + kFloatUnderflow;
}

}  // namespace

void make_rigorous(const Node& node, std::span<const Interval> inputs, int64_t readers,
                   Arithmetic arithmetic, Relaxation& relaxation) {
  const Operation& operation = find_operation(node.op);
  const double n = terms(node, inputs), adds = static_cast<double>(readers);
  if (n == 0 && readers <= 1) return;  // only copies
  std::vector<at::Tensor> sizes;
  for (const Interval& input : inputs) sizes.push_back(magnitude(input));
  if (std::holds_alternative<ScalarRule>(operation.rule))
    move_outward(node, inputs[0], relaxation.lines);
  const auto* joint = std::get_if<JointRule>(&operation.rule);
  if (joint != nullptr && joint->move_outward != nullptr)
    joint->move_outward(inputs, relaxation.planes);
  relaxation.reach = reach_of(node, relaxation, sizes);
  relaxation.underflow = at::full({inputs[0].lower.size(0)}, kUnderflow, at::kDouble);
  for (const at::Tensor& size : sizes)
    relaxation.underflow = relaxation.underflow + size.flatten(1).sum(1) * kUnderflow;
  // Each part of a pending sum takes part in at most `readers` additions.
  at::Tensor slack = rounding_of(relaxation.reach, n + adds + (n == 0 ? 0 : kOwn),
                                 static_cast<double>(elements(node)) + n + adds + kOwn);
  if (arithmetic == Arithmetic::kRigorousFloat32)
    relaxation.execution = execution_error(node, inputs, relaxation);
  if (relaxation.execution.defined()) slack = slack + relaxation.execution * (1 + 4 * kUnit);
  if (!std::holds_alternative<ScalarRule>(operation.rule)) {
    relaxation.slack = slack;
    return;
  }
  relaxation.lines.lower_offset = relaxation.lines.lower_offset - slack;
  relaxation.lines.upper_offset = relaxation.lines.upper_offset + slack;
}

at::Tensor forward_slack(const Node& node, const Relaxation& relaxation,
                         std::span<const LinearBounds> bounds) {
  std::vector<at::Tensor> sizes, slacks;
  for (const LinearBounds& bound : bounds) {
    sizes.push_back(bound.size);
    slacks.push_back(bound.slack);
  }
  std::vector<Interval> shapes;
  for (const LinearBounds& bound : bounds) shapes.push_back({bound.size, bound.size});
  const double n = terms(node, shapes);
  const at::Tensor carried = reach_of(node, relaxation, slacks).linear;
  if (n == 0) return carried;
  at::Tensor own = rounding_of(reach_of(node, relaxation, sizes), n + kOwn, n + kOwn) + kUnderflow;
  if (relaxation.execution.defined()) own = own + relaxation.execution;
  return carried * (1 + 2 * gamma(n + kOwn)) + own;
}

}  // namespace limbeck::verify
