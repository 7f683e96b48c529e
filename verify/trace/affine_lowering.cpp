#include <ATen/ATen.h>

#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

using Nodes = std::vector<int64_t>;

Nodes add_scaled(GraphBuilder& b, const LoweringCall& call, double first, double second) {
  if (call[0].is_node() && call[1].is_node())
    return {b.weighted_sum({call.node(0), call.node(1)}, {first, second})};
  const size_t constant = call[0].is_node() ? 1 : 0;
  const double own = constant == 1 ? first : second, other = constant == 1 ? second : first;
  const at::Tensor scale = own == 1 ? at::Tensor() : at::full({1}, own, at::kDouble);
  return {b.scale_shift(call.node(1 - constant), scale, call.constant(constant) * other)};
}

Nodes add(GraphBuilder& b, const LoweringCall& call) {
  return add_scaled(b, call, 1, call.number(2, 1));
}
Nodes sub(GraphBuilder& b, const LoweringCall& call) {
  return add_scaled(b, call, 1, -call.number(2, 1));
}
Nodes rsub(GraphBuilder& b, const LoweringCall& call) {
  return add_scaled(b, call, -call.number(2, 1), 1);
}

Nodes negate(GraphBuilder& b, const LoweringCall& call) {
  return {b.scale_shift(call.node(0), at::full({1}, -1.0, at::kDouble), {})};
}

Nodes multiply(GraphBuilder& b, const LoweringCall& call) {
  if (call[0].is_node() && call[1].is_node()) return {b.product(call.node(0), call.node(1))};
  const size_t constant = call[0].is_node() ? 1 : 0;
  return {b.scale_shift(call.node(1 - constant), call.constant(constant), {})};
}

Nodes divide(GraphBuilder& b, const LoweringCall& call) {
  if (!call.is_none(2)) call.fail("expected a division without a rounding mode");
  if (!call[1].is_node()) return {b.scale_shift(call.node(0), 1 / call.constant(1), {})};
  const int64_t inverse = b.scalar("reciprocal", call.node(1));
  if (call[0].is_node()) return {b.product(call.node(0), inverse)};
  return {b.scale_shift(inverse, call.constant(0), {})};
}

/// Where the condition, a constant, holds the one, else the other. Either may be a constant.
Nodes chosen(GraphBuilder& b, const LoweringCall& call, const Operand& yes, const Operand& no,
             const at::Tensor& condition) {
  const at::Tensor mask = condition.to(at::kDouble);
  const std::vector<int64_t> shape = call.item_shape();
  const auto masked = [&](const Operand& x, const at::Tensor& scale) {
    return b.scale_shift(b.expand(x.node, shape), scale, {});
  };
  if (yes.is_node() && no.is_node())
    return {b.weighted_sum({masked(yes, mask), masked(no, 1 - mask)}, {1, 1})};
  const Operand& node = yes.is_node() ? yes : no;
  const at::Tensor scale = yes.is_node() ? mask : 1 - mask;
  const c10::IValue& other = (yes.is_node() ? no : yes).value;
  const at::Tensor value =
      (other.isTensor() ? other.toTensor() : at::scalar_tensor(other.toScalar())).to(at::kDouble);
  const at::Tensor shift = at::where(scale == 0, value, at::zeros({}, at::kDouble));
  if (!shift.isfinite().all().item<bool>()) call.fail("expected finite constants");
  return {b.scale_shift(masked(node, scale), {}, shift)};
}

Nodes where(GraphBuilder& b, const LoweringCall& call) {
  if (call.arguments.size() != 3) call.fail("expected a condition and two values");
  return chosen(b, call, call[1], call[2], call.constant(0));
}

Nodes masked_fill(GraphBuilder& b, const LoweringCall& call) {
  if (call[2].depends_on_input()) call.fail("expected a constant value");
  return chosen(b, call, call[2], call[0], call.constant(1));
}

Nodes linear(GraphBuilder& b, const LoweringCall& call) {
  return {b.linear(call.node(0), call.constant(1), call.constant(2))};
}

Nodes add_matmul(GraphBuilder& b, const LoweringCall& call) {
  if (call.number(3, 1) != 1 || call.number(4, 1) != 1) call.fail("expected alpha and beta 1");
  return {b.linear(call.node(1), call.constant(2).t(), call.constant(0))};
}

/// Expands the leading axes of both factors to those of the result.
int64_t with_leading(GraphBuilder& b, int64_t x, const std::vector<int64_t>& result) {
  std::vector<int64_t> shape(result.begin(), result.end() - 2);
  const std::vector<int64_t>& own = b.shape(x);
  shape.insert(shape.end(), own.end() - 2, own.end());
  return b.expand(x, shape);
}

Nodes matmul(GraphBuilder& b, const LoweringCall& call) {
  const std::vector<int64_t> result = call.item_shape();
  if (call[0].is_node() && call[1].is_node()) {
    if (b.shape(call.node(0)).size() < 2 || b.shape(call.node(1)).size() < 2)
      call.fail("expected items of at least two axes on both sides");
    return {b.matmul(with_leading(b, call.node(0), result), with_leading(b, call.node(1), result))};
  }
  if (call[0].is_node()) {
    const at::Tensor weight = call.constant(1);
    if (weight.dim() == 2) return {b.linear(call.node(0), weight.t(), {})};
    call.fail("expected a constant right factor of two axes");
  }
  const at::Tensor matrix = call.constant(0);
  return {b.add({.op = "left_matmul",
                 .inputs = {with_leading(b, call.node(1), result)},
                 .shape = result,
                 .constants = {matrix, matrix.abs()}})};
}

Nodes reduce(GraphBuilder& b, const LoweringCall& call) {
  std::vector<int64_t> axes;
  for (const int64_t dim : call.integers(1)) axes.push_back(call.axis(dim));
  if (axes.empty())
    for (size_t i = 0; i < b.shape(call.node(0)).size(); ++i)
      axes.push_back(static_cast<int64_t>(i));
  double count = 1;
  for (const int64_t axis : axes)
    count *= static_cast<double>(b.shape(call.node(0))[static_cast<size_t>(axis)]);
  const int64_t sum = b.reduce_sum(call.node(0), axes, call.name == "aten::mean" ? 1 / count : 1);
  return {b.reshape(sum, call.item_shape())};
}

/// Evaluation mode: an affine map of each channel.
Nodes batch_norm(GraphBuilder& b, const LoweringCall& call) {
  if (call[5].value.toBool()) call.fail("expected evaluation mode");
  at::Tensor scale = (call.constant(4) + call.number(7)).rsqrt();
  if (!call.is_none(1)) scale = scale * call.constant(1);
  at::Tensor shift = -call.constant(3) * scale;
  if (!call.is_none(2)) shift = shift + call.constant(2);
  std::vector<int64_t> sizes(b.shape(call.node(0)).size(), 1);
  sizes[0] = -1;
  return {b.scale_shift(call.node(0), scale.view(sizes), shift.view(sizes))};
}

constexpr LoweringRow kAffineRows[] = {
    {"aten::add", add},       {"aten::sub", sub},
    {"aten::rsub", rsub},     {"aten::neg", negate},
    {"aten::mul", multiply},  {"aten::div", divide},
    {"aten::where", where},   {"aten::masked_fill", masked_fill},
    {"aten::linear", linear}, {"aten::addmm", add_matmul},
    {"aten::matmul", matmul}, {"aten::bmm", matmul},
    {"aten::mm", matmul},     {"aten::sum", reduce},
    {"aten::mean", reduce},   {"aten::batch_norm", batch_norm},
};

}  // namespace

std::span<const LoweringRow> affine_lowerings() { return kAffineRows; }

}  // namespace limbeck::verify
