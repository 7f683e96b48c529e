#include <torch/torch.h>

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

Nodes maximum_over(GraphBuilder& b, const LoweringCall& call) {
  const std::vector<int64_t> dims = call.integers(1);
  if (dims.size() != 1) call.fail("expected one axis");
  const int64_t axis = call.axis(dims[0]);
  std::vector<int64_t> shape = b.shape(call.node(0));
  const int64_t size = std::exchange(shape[static_cast<size_t>(axis)], 1);
  const int64_t most =
      b.add({.op = "maximum", .inputs = {call.node(0)}, .shape = shape, .ints = {axis, size}});
  return {b.reshape(most, call.item_shape())};
}

/// One direction of one LSTM layer over x (T, D), batch first: gates in the order i, f, g, o.
Nodes lstm_direction(GraphBuilder& b, int64_t x, const std::vector<at::Tensor>& weights,
                     bool is_backward) {
  const int64_t steps = b.shape(x)[0], width = weights[1].size(1);
  const at::Tensor bias = weights.size() > 2 ? weights[2] + weights[3] : at::Tensor();
  const int64_t from_input = b.linear(x, weights[0], bias);  // (T, 4 H)
  Nodes hidden(static_cast<size_t>(steps));
  int64_t h = -1, c = -1;
  for (int64_t s = 0; s < steps; ++s) {
    const int64_t t = is_backward ? steps - 1 - s : s;
    int64_t gates = b.reshape(b.take(from_input, 0, at::full({1}, t, at::kLong)), {4 * width});
    if (h >= 0) gates = b.weighted_sum({gates, b.linear(h, weights[1], {})}, {1, 1});
    const auto gate = [&](int64_t k) {
      return b.take(gates, 0, at::arange(k * width, (k + 1) * width, at::kLong));
    };
    const int64_t in = b.scalar("sigmoid", gate(0)), candidate = b.scalar("tanh", gate(2));
    const int64_t added = b.product(in, candidate);
    c = c < 0 ? added : b.weighted_sum({b.product(b.scalar("sigmoid", gate(1)), c), added}, {1, 1});
    h = b.product(b.scalar("sigmoid", gate(3)), b.scalar("tanh", c));
    hidden[static_cast<size_t>(t)] = b.reshape(h, {1, width});
  }
  return hidden;
}

/// aten::lstm(input, [h0, c0], weights, has_biases, layers, dropout, train, bidirectional,
/// batch_first) from zero states.
Nodes lstm(GraphBuilder& b, const LoweringCall& call) {
  if (!call[8].value.toBool()) call.fail("expected batch_first");
  for (const at::Tensor& state : call[1].value.toTensorVector())
    if (state.ne(0).any().item<bool>()) call.fail("expected zero initial states");
  const std::vector<at::Tensor> all = call[2].value.toTensorVector();
  const size_t each = call[3].value.toBool() ? 4 : 2;
  const int64_t directions = call[7].value.toBool() ? 2 : 1;
  int64_t x = call.node(0);
  size_t next = 0;
  for (int64_t layer = 0; layer < call.integer(4); ++layer) {
    Nodes sides;
    for (int64_t d = 0; d < directions; ++d, next += each) {
      const std::vector<at::Tensor> weights(all.begin() + static_cast<int64_t>(next),
                                            all.begin() + static_cast<int64_t>(next + each));
      sides.push_back(b.concat(lstm_direction(b, x, weights, d == 1), 0));
    }
    x = sides.size() == 1 ? sides[0] : b.concat(sides, 1);
  }
  return {x, -1, -1};  // the last states are not offered: take them from the outputs
}

constexpr LoweringRow kRows[] = {
    {"aten::softmax", softmax},       {"aten::_softmax", softmax},
    {"aten::layer_norm", layer_norm}, {"aten::scaled_dot_product_attention", attention},
    {"aten::amax", maximum_over},     {"aten::lstm", lstm},
};

}  // namespace

std::span<const LoweringRow> composite_lowerings() { return kRows; }

}  // namespace limbeck::verify
