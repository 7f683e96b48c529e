#include "nlp/model/lstm_layer.h"

#include <torch/torch.h>

#include <array>
#include <sstream>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/kernel/gemm.h"
#include "nlp/model/lstm_recurrence.h"

namespace limbeck::nlp {
namespace {

using detail::LstmDirection;
using detail::LstmShape;
using detail::LstmTrace;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Carries the layout through the autograd graph.
struct LayoutHolder : torch::CustomClassHolder {
  explicit LayoutHolder(std::shared_ptr<const TimeMajorLayout> held) : layout(std::move(held)) {}
  std::shared_ptr<const TimeMajorLayout> layout;
};

constexpr int kDirections = 2;
constexpr int kTensorsOfDirection = 4;

LstmDirection make_direction(const variable_list& weights, int d) {
  const size_t first = static_cast<size_t>(d * kTensorsOfDirection);
  LstmDirection direction;
  direction.reverse = d == 1;
  direction.weight_ih = weights[first].const_data_ptr<float>();
  direction.weight_hh = weights[first + 1].const_data_ptr<float>();
  const float* ih = weights[first + 2].const_data_ptr<float>();
  const float* hh = weights[first + 3].const_data_ptr<float>();
  for (int64_t i = 0; i < weights[first + 2].numel(); ++i) direction.bias.push_back(ih[i] + hh[i]);
  return direction;
}

/// The buffers of both directions: (2, N, 4H), (2, N, H), (2, N, H).
LstmTrace trace_of(const at::Tensor& gates, const at::Tensor& cell, const at::Tensor& cell_tanh,
                   int d) {
  return {gates.mutable_data_ptr<float>() + d * gates.stride(0),
          cell.mutable_data_ptr<float>() + d * cell.stride(0),
          cell_tanh.mutable_data_ptr<float>() + d * cell_tanh.stride(0)};
}

/// Calls `work(piece, direction)` for all of them; longest pieces first, since they come first.
template <class Work>
void for_pieces(const TimeMajorLayout& layout, const Work& work) {
  const int64_t count = static_cast<int64_t>(layout.pieces.size()) * kDirections;
  parallel_for(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item)
      work(item / kDirections, static_cast<int>(item % kDirections));
  });
}

/// Arguments: input, layout, then weight_ih, weight_hh, bias_ih, bias_hh of the two directions.
class BiLstmLayerFunction : public torch::autograd::Function<BiLstmLayerFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input_argument,
                            const c10::intrusive_ptr<LayoutHolder>& holder, const at::Tensor& ih,
                            const at::Tensor& hh, const at::Tensor& bias_ih,
                            const at::Tensor& bias_hh, const at::Tensor& reverse_ih,
                            const at::Tensor& reverse_hh, const at::Tensor& reverse_bias_ih,
                            const at::Tensor& reverse_bias_hh) {
    const TimeMajorLayout& layout = *holder->layout;
    const at::Tensor input = input_argument.contiguous();
    variable_list weights;
    for (const at::Tensor& weight :
         {ih, hh, bias_ih, bias_hh, reverse_ih, reverse_hh, reverse_bias_ih, reverse_bias_hh})
      weights.push_back(weight.contiguous());
    const LstmShape shape{input.size(1), weights[1].size(1)};
    const int64_t n = layout.rows, h = shape.hidden;
    const at::Tensor gates = at::empty({kDirections, n, 4 * h}, input.options());
    const at::Tensor cell = at::empty({kDirections, n, h}, input.options());
    const at::Tensor cell_tanh = at::empty({kDirections, n, h}, input.options());
    const at::Tensor output = at::empty({n, kDirections * h}, input.options());
    const std::array<LstmDirection, kDirections> directions{make_direction(weights, 0),
                                                            make_direction(weights, 1)};
    float* out = output.mutable_data_ptr<float>();
    for_pieces(layout, [&](int64_t piece, int d) {
      detail::lstm_piece_forward(layout.pieces[static_cast<size_t>(piece)], shape,
                                 directions[static_cast<size_t>(d)], input.const_data_ptr<float>(),
                                 trace_of(gates, cell, cell_tanh, d), out + d * h, kDirections * h);
    });
    variable_list saved{input, output};
    saved.insert(saved.end(), weights.begin(), weights.end());
    context->save_for_backward(saved);
    context->saved_data["layout"] = c10::IValue::make_capsule(holder);
    context->saved_data["gates"] = gates;
    context->saved_data["cell"] = cell;
    context->saved_data["cell_tanh"] = cell_tanh;
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const variable_list weights(saved.begin() + 2, saved.end());
    const auto holder =
        c10::static_intrusive_pointer_cast<LayoutHolder>(context->saved_data["layout"].toCapsule());
    const at::Tensor gates = context->saved_data["gates"].toTensor();
    const at::Tensor cell = context->saved_data["cell"].toTensor();
    const at::Tensor cell_tanh = context->saved_data["cell_tanh"].toTensor();
    Backward pass{*holder->layout, saved[0], saved[1], weights};
    pass.run(gradients[0].contiguous(), gates, cell, cell_tanh);
    variable_list result{context->needs_input_grad(0) ? pass.input_gradient() : at::Tensor(),
                         at::Tensor()};
    for (int d = 0; d < kDirections; ++d)
      for (const at::Tensor& gradient : pass.weight_gradients(d)) result.push_back(gradient);
    return result;
  }

 private:
  struct Backward {
    const TimeMajorLayout& layout;
    const at::Tensor& input;
    const at::Tensor& output;
    const variable_list& weights;
    at::Tensor gate_gradient{};  ///< (2, N, 4H)
    at::Tensor operands{};       ///< (2, N, E + H)
    at::Tensor bias_gradient{};  ///< (pieces, 2, 4H)

    int64_t hidden() const { return weights[1].size(1); }
    int64_t input_width() const { return input.size(1); }

    void run(const at::Tensor& output_gradient, const at::Tensor& gates, const at::Tensor& cell,
             const at::Tensor& cell_tanh) {
      const LstmShape shape{input_width(), hidden()};
      const int64_t n = layout.rows, h = hidden(), stride = kDirections * h;
      const int64_t pieces = static_cast<int64_t>(layout.pieces.size());
      gate_gradient = at::empty({kDirections, n, 4 * h}, input.options());
      operands = at::empty({kDirections, n, shape.input_width + h}, input.options());
      bias_gradient = at::empty({pieces, kDirections, 4 * h}, input.options());
      const std::array<LstmDirection, kDirections> directions{make_direction(weights, 0),
                                                              make_direction(weights, 1)};
      float* gate = gate_gradient.mutable_data_ptr<float>();
      float* operand = operands.mutable_data_ptr<float>();
      float* bias = bias_gradient.mutable_data_ptr<float>();
      for_pieces(layout, [&](int64_t p, int d) {
        const TimeMajorPiece& piece = layout.pieces[static_cast<size_t>(p)];
        detail::lstm_piece_backward(piece, shape, directions[static_cast<size_t>(d)],
                                    trace_of(gates, cell, cell_tanh, d),
                                    output_gradient.const_data_ptr<float>() + d * h, stride,
                                    gate + d * n * 4 * h, bias + (p * kDirections + d) * 4 * h);
        detail::lstm_piece_operands(piece, shape, d == 1, input.const_data_ptr<float>(),
                                    output.const_data_ptr<float>() + d * h, stride,
                                    operand + d * n * (shape.input_width + h));
      });
    }

    at::Tensor input_gradient() const {
      const int64_t n = layout.rows, h = hidden(), e = input_width();
      at::Tensor gradient = at::empty({n, e}, input.options());
      for (int d = 0; d < kDirections; ++d)
        kernel::sgemm(false, false, n, e, 4 * h, 1.0f,
                      gate_gradient.const_data_ptr<float>() + d * n * 4 * h, 4 * h,
                      weights[static_cast<size_t>(d * kTensorsOfDirection)].const_data_ptr<float>(),
                      e, d == 0 ? 0.0f : 1.0f, gradient.mutable_data_ptr<float>(), e);
      return gradient;
    }

    /// dW_ih and dW_hh are two column blocks of one product: gate gradients times [input | state
    /// before].
    variable_list weight_gradients(int d) const {
      const int64_t n = layout.rows, h = hidden(), e = input_width(), width = e + h;
      const at::Tensor both = at::empty({4 * h, width}, input.options());
      kernel::sgemm(true, false, 4 * h, width, n, 1.0f,
                    gate_gradient.const_data_ptr<float>() + d * n * 4 * h, 4 * h,
                    operands.const_data_ptr<float>() + d * n * width, width, 0.0f,
                    both.mutable_data_ptr<float>(), width);
      const at::Tensor bias = bias_gradient.select(1, d).sum(0);
      return {both.narrow(1, 0, e).contiguous(), both.narrow(1, e, h).contiguous(), bias,
              bias.clone()};
    }
  };
};

/// LibTorch's LSTM, piece by piece: a piece is a packed sequence as it stands.
at::Tensor packed_lstm(const at::Tensor& input, const TimeMajorLayout& layout,
                       const variable_list& weights) {
  std::vector<at::Tensor> outputs;
  for (const TimeMajorPiece& piece : layout.pieces) {
    const at::Tensor batch_sizes = at::tensor(piece.active, at::kLong);
    const at::Tensor zero =
        at::zeros({kDirections, piece.sequences(), weights[1].size(1)}, input.options());
    outputs.push_back(
        std::get<0>(at::lstm(input.narrow(0, piece.first_row, piece.rows()), batch_sizes,
                             {zero, zero}, weights, true, 1, 0.0, true, true)));
  }
  return at::cat(outputs);
}

void require_shape(const char* name, const at::Tensor& tensor, at::IntArrayRef expected) {
  if (tensor.sizes() == expected) return;
  std::ostringstream message;
  message << "bilstm_layer: " << name << " must be " << expected << ", got " << tensor.sizes();
  throw ShapeError(message.str());
}

void check_shapes(const at::Tensor& input, int64_t rows, const LstmWeights& w) {
  if (input.dim() != 2 || w.weight_hh.dim() != 2)
    throw ShapeError("bilstm_layer: input and weight_hh must be matrices");
  const int64_t h = w.weight_hh.size(1);
  require_shape("input", input, {rows, input.size(1)});
  require_shape("weight_ih", w.weight_ih, {4 * h, input.size(1)});
  require_shape("weight_hh", w.weight_hh, {4 * h, h});
  require_shape("bias_ih", w.bias_ih, {4 * h});
  require_shape("bias_hh", w.bias_hh, {4 * h});
}

}  // namespace

at::Tensor bilstm_layer(const at::Tensor& input, std::shared_ptr<const TimeMajorLayout> layout,
                        const LstmWeights& forward, const LstmWeights& backward) {
  check_shapes(input, layout->rows, forward);
  check_shapes(input, layout->rows, backward);
  const variable_list weights{forward.weight_ih, forward.weight_hh,  forward.bias_ih,
                              forward.bias_hh,   backward.weight_ih, backward.weight_hh,
                              backward.bias_ih,  backward.bias_hh};
  if (input.device().is_cpu() && input.scalar_type() == at::kFloat)
    return BiLstmLayerFunction::apply(input, c10::make_intrusive<LayoutHolder>(std::move(layout)),
                                      weights[0], weights[1], weights[2], weights[3], weights[4],
                                      weights[5], weights[6], weights[7]);
  return packed_lstm(input, *layout, weights);
}

}  // namespace limbeck::nlp
