#include <ATen/ATen.h>

#include "verify/trace/lowering.h"

/// Recurrent layers are written out step by step, with gates by planes over both of their inputs
/// (verify/relax/joint/gate.cpp). From zero states, batch first.
namespace limbeck::verify {
namespace {

using Nodes = std::vector<int64_t>;

/// One direction of one layer: the state after each step, (1, H) each, in the order of the words.
using Direction = Nodes (*)(GraphBuilder& b, int64_t x, const std::vector<at::Tensor>& weights,
                            bool is_backward);

/// Row t of x (T, K), as (K).
int64_t row(GraphBuilder& b, int64_t x, int64_t t) {
  const int64_t width = b.shape(x)[1];
  return b.reshape(b.take(x, 0, at::full({1}, t, at::kLong)), {width});
}

/// Part k of width H of a vector.
int64_t part(GraphBuilder& b, int64_t x, int64_t k, int64_t width) {
  return b.take(x, 0, at::arange(k * width, (k + 1) * width, at::kLong));
}

/// One direction of one LSTM layer over x (T, D): gates in the order i, f, g, o.
Nodes lstm_direction(GraphBuilder& b, int64_t x, const std::vector<at::Tensor>& weights,
                     bool is_backward) {
  const int64_t steps = b.shape(x)[0], width = weights[1].size(1);
  const at::Tensor bias = weights.size() > 2 ? weights[2] + weights[3] : at::Tensor();
  const int64_t from_input = b.linear(x, weights[0], bias);  // (T, 4 H)
  Nodes hidden(static_cast<size_t>(steps));
  int64_t h = -1, c = -1;
  for (int64_t s = 0; s < steps; ++s) {
    const int64_t t = is_backward ? steps - 1 - s : s;
    int64_t gates = row(b, from_input, t);
    if (h >= 0) gates = b.weighted_sum({gates, b.linear(h, weights[1], {})}, {1, 1});
    const int64_t added = b.gated_tanh(part(b, gates, 0, width), part(b, gates, 2, width));
    c = c < 0 ? added : b.weighted_sum({b.gate(part(b, gates, 1, width), c), added}, {1, 1});
    h = b.gated_tanh(part(b, gates, 3, width), c);
    hidden[static_cast<size_t>(t)] = b.reshape(h, {1, width});
  }
  return hidden;
}

/// One step of a GRU, h' = (1 - z) n + z h with n = tanh(W x + r (U h + b)); `h` -1: zeros.
/// `from_input` (3 H) holds W x + b in the order r, z, n; bias_hh may be undefined.
int64_t gru_step(GraphBuilder& b, int64_t from_input, int64_t h, const at::Tensor& weight_hh,
                 const at::Tensor& bias_hh) {
  const int64_t width = weight_hh.size(1);
  const int64_t from_state = h < 0 ? -1 : b.linear(h, weight_hh, bias_hh);
  const at::Tensor constant =
      bias_hh.defined() ? bias_hh : at::zeros({3 * width}, weight_hh.options());
  const auto sum = [&](int64_t k) {
    const int64_t x = part(b, from_input, k, width);
    if (h < 0) return b.scale_shift(x, {}, constant.narrow(0, k * width, width));
    return b.weighted_sum({x, part(b, from_state, k, width)}, {1, 1});
  };
  const int64_t reset = sum(0), update = sum(1);
  const int64_t recalled =
      h < 0 ? b.scale_shift(b.scalar("sigmoid", reset), constant.narrow(0, 2 * width, width), {})
            : b.gate(reset, part(b, from_state, 2, width));
  const int64_t candidate = b.weighted_sum({part(b, from_input, 2, width), recalled}, {1, 1});
  // 1 - sigmoid(z) = sigmoid(-z).
  const int64_t added =
      b.gated_tanh(b.scale_shift(update, at::full({1}, -1.0, at::kDouble), {}), candidate);
  if (h < 0) return added;
  const int64_t next = b.weighted_sum({added, b.gate(update, h)}, {1, 1});
  b.limit(next, -1, 1);  // a mean of values of tanh, by induction
  return next;
}

Nodes gru_direction(GraphBuilder& b, int64_t x, const std::vector<at::Tensor>& weights,
                    bool is_backward) {
  const int64_t steps = b.shape(x)[0], width = weights[1].size(1);
  const bool has_bias = weights.size() > 2;
  const int64_t from_input = b.linear(x, weights[0], has_bias ? weights[2] : at::Tensor());
  Nodes hidden(static_cast<size_t>(steps));
  int64_t h = -1;
  for (int64_t s = 0; s < steps; ++s) {
    const int64_t t = is_backward ? steps - 1 - s : s;
    h = gru_step(b, row(b, from_input, t), h, weights[1], has_bias ? weights[3] : at::Tensor());
    hidden[static_cast<size_t>(t)] = b.reshape(h, {1, width});
  }
  return hidden;
}

void require_zeros(const LoweringCall& call, const std::vector<at::Tensor>& states) {
  for (const at::Tensor& state : states)
    if (state.ne(0).any().item<bool>()) call.fail("expected zero initial states");
}

/// (input, states, weights, has_biases, layers, dropout, train, bidirectional, batch_first): all
/// layers. The last states are not offered: they are rows of the output.
int64_t layers_of(GraphBuilder& b, const LoweringCall& call, Direction direction) {
  if (!call[8].value.toBool()) call.fail("expected batch_first");
  if (call[6].value.toBool() && call.number(5) != 0) call.fail("expected evaluation mode");
  const std::vector<at::Tensor> all = call[2].value.toTensorVector();
  const size_t each = call[3].value.toBool() ? 4 : 2;
  const int64_t directions = call[7].value.toBool() ? 2 : 1;
  if (all.size() != each * static_cast<size_t>(call.integer(4) * directions))
    call.fail("expected no projections");
  int64_t x = call.node(0);
  auto next = all.begin();
  for (int64_t layer = 0; layer < call.integer(4); ++layer) {
    Nodes sides;
    for (int64_t d = 0; d < directions; ++d, next += static_cast<int64_t>(each))
      sides.push_back(
          b.concat(direction(b, x, {next, next + static_cast<int64_t>(each)}, d == 1), 0));
    x = sides.size() == 1 ? sides[0] : b.concat(sides, 1);
  }
  return x;
}

Nodes lstm(GraphBuilder& b, const LoweringCall& call) {
  require_zeros(call, call[1].value.toTensorVector());
  return {layers_of(b, call, lstm_direction), -1, -1};
}

Nodes gru(GraphBuilder& b, const LoweringCall& call) {
  require_zeros(call, {call.constant(1)});
  return {layers_of(b, call, gru_direction), -1};
}

constexpr LoweringRow kRecurrentRows[] = {{"aten::lstm", lstm}, {"aten::gru", gru}};

}  // namespace

std::span<const LoweringRow> recurrent_lowerings() { return kRecurrentRows; }

}  // namespace limbeck::verify
