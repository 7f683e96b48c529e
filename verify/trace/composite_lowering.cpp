#include <ATen/ATen.h>

#include <cmath>
#include <utility>

#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

using Nodes = std::vector<int64_t>;

int64_t softmax_over(GraphBuilder& b, int64_t x, int64_t axis) {
  const int64_t last = static_cast<int64_t>(b.shape(x).size()) - 1;
  if (axis == last) return b.softmax(x);
  std::vector<int64_t> axes(static_cast<size_t>(last) + 1);
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(i);
  std::swap(axes[static_cast<size_t>(axis)], axes[static_cast<size_t>(last)]);
  return b.permute(b.softmax(b.permute(x, axes)), axes);
}

Nodes softmax(GraphBuilder& b, const LoweringCall& call) {
  return {softmax_over(b, call.node(0), call.axis(call.integer(1)))};
}

Nodes layer_norm(GraphBuilder& b, const LoweringCall& call) {
  if (call.integers(1).size() != 1) call.fail("expected one normalised axis");
  return {b.layer_norm(call.node(0), call.constant(2), call.constant(3), call.number(4, 1e-5))};
}

/// softmax(q k^T scale + mask) v.
Nodes attention(GraphBuilder& b, const LoweringCall& call) {
  if (call.number(4) != 0) call.fail("expected dropout 0");
  if (!call.is_none(5) && call[5].value.toBool())
    call.fail("expected is_causal false (give the mask)");
  const double scale =
      call.number(6, 1 / std::sqrt(static_cast<double>(b.shape(call.node(0)).back())));
  at::Tensor mask = call.constant(3);
  if (mask.defined() && mask.scalar_type() == at::kBool)
    mask = at::zeros(mask.sizes(), at::kDouble).masked_fill(~mask, -1e30);
  int64_t scores = b.matmul(call.node(0), b.swap_last_two(call.node(1)));
  scores = b.scale_shift(scores, at::full({1}, scale, at::kDouble), mask);
  return {b.matmul(b.softmax(scores), call.node(2))};
}

/// x_i - log(sum exp x) with the logarithm as one node: it drops out of differences of two
/// elements. The sum is taken of exp(x - m), m the largest element for the sample, a constant:
/// values that are far from overflow for the sample stay so around it.
int64_t log_sum_exp(GraphBuilder& b, const LoweringCall& call, int64_t axis) {
  const at::Tensor m = call[0].value.toTensor().to(at::kDouble).amax({axis + 1}, /*keepdim=*/true);
  const int64_t terms = b.scalar("exp", b.scale_shift(call.node(0), {}, -m));
  return b.scale_shift(b.scalar("log", b.reduce_sum(terms, {axis}, 1)), {}, m);
}

Nodes log_softmax(GraphBuilder& b, const LoweringCall& call) {
  const int64_t total = log_sum_exp(b, call, call.axis(call.integer(1)));
  return {b.weighted_sum({call.node(0), total}, {1, -1})};
}

Nodes logsumexp(GraphBuilder& b, const LoweringCall& call) {
  const std::vector<int64_t> dims = call.integers(1);
  if (dims.size() != 1) call.fail("expected one axis");
  return {b.reshape(log_sum_exp(b, call, call.axis(dims[0])), call.item_shape())};
}

constexpr LoweringRow kCompositeRows[] = {
    {"aten::softmax", softmax},
    {"aten::_softmax", softmax},
    {"aten::log_softmax", log_softmax},
    {"aten::_log_softmax", log_softmax},
    {"aten::logsumexp", logsumexp},
    {"aten::layer_norm", layer_norm},
    {"aten::scaled_dot_product_attention", attention},
};

}  // namespace

std::span<const LoweringRow> composite_lowerings() { return kCompositeRows; }

}  // namespace limbeck::verify
