#include "nlp/model/lstm_layer.h"

#include <ATen/ATen.h>
#include <torch/autograd.h>
#include <torch/custom_class.h>

#include <array>
#include <sstream>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/model/lstm_recurrence.h"
#include "nlp/model/product_backend.h"

namespace limbeck::nlp {
namespace {

using detail::LstmForwardWeights;
using detail::LstmTrace;
using detail::Rows;
using kernel::PackedMatrix;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int kDirections = 2;
constexpr size_t kTensorsOfDirection = 4;  ///< weight_ih, weight_hh, bias_ih, bias_hh

PackedMatrix pack(kernel::Arithmetic precision, const at::Tensor& matrix) {
  return PackedMatrix(precision, matrix.const_data_ptr<float>(), matrix.size(0), matrix.size(1),
                      matrix.size(1));
}

LstmForwardWeights forward_weights(kernel::Arithmetic precision, const variable_list& weights,
                                   int d) {
  const size_t first = static_cast<size_t>(d) * kTensorsOfDirection;
  const float* bias_ih = weights[first + 2].const_data_ptr<float>();
  const float* bias_hh = weights[first + 3].const_data_ptr<float>();
  LstmForwardWeights packed{
      d == 1, pack(precision, weights[first]), pack(precision, weights[first + 1]), {}};
  for (int64_t i = 0; i < weights[first + 2].numel(); ++i)
    packed.bias.push_back(bias_ih[i] + bias_hh[i]);
  return packed;
}

/// Buffers of both directions: (2, N, 4H), (2, N, H), (2, N, H).
struct TraceTensors {
  at::Tensor gates, cell, cell_tanh;

  LstmTrace direction(int d) const {
    return {gates.mutable_data_ptr<float>() + d * gates.stride(0),
            cell.mutable_data_ptr<float>() + d * cell.stride(0),
            cell_tanh.mutable_data_ptr<float>() + d * cell_tanh.stride(0)};
  }
};

/// What the autograd graph keeps beside the saved tensors.
struct LayerRecord : torch::CustomClassHolder {
  std::shared_ptr<const TimeMajorLayout> layout;
  kernel::Arithmetic precision;
  TraceTensors trace;
};

/// Columns of direction d of a (N, 2H) matrix.
template <class T>
Rows<T> direction_columns(T* data, int64_t hidden, int d) {
  return {data + d * hidden, kDirections * hidden};
}

/// Calls `work(piece index, direction)` for all of them; the longest pieces come first. The work is
/// cut by the batch, never by the threads, so that these cannot change a result.
template <class Work>
void for_pieces(const TimeMajorLayout& layout, const Work& work) {
  const int64_t count = static_cast<int64_t>(layout.pieces.size()) * kDirections;
  parallel_for(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t item = begin; item < end; ++item)
      work(static_cast<size_t>(item / kDirections), static_cast<int>(item % kDirections));
  });
}

/// The backward pass of one layer; every tensor is contiguous.
class BiLstmBackward {
 public:
  BiLstmBackward(const LayerRecord& record, const variable_list& saved)
      : layout_(*record.layout),
        precision_(record.precision),
        trace_(record.trace),
        input_(saved[0]),
        output_(saved[1]),
        weights_(saved.begin() + 2, saved.end()),
        rows_(layout_.rows),
        hidden_(weights_[1].size(1)),
        input_width_(input_.size(1)) {}

  /// Through time: gate gradients, their column sums, and the operands of the weight products.
  void run(const at::Tensor& output_gradient) {
    const int64_t width = input_width_ + hidden_, gates = 4 * hidden_;
    const int64_t pieces = static_cast<int64_t>(layout_.pieces.size());
    gate_gradient_ = at::empty({kDirections, rows_, gates}, input_.options());
    operands_ = at::empty({kDirections, rows_, width}, input_.options());
    bias_gradient_ = at::empty({pieces, kDirections, gates}, input_.options());
    const std::array<PackedMatrix, kDirections> recurrent{pack(precision_, transposed(0, 1)),
                                                          pack(precision_, transposed(1, 1))};
    float* gate = gate_gradient_.mutable_data_ptr<float>();
    float* operand = operands_.mutable_data_ptr<float>();
    float* bias = bias_gradient_.mutable_data_ptr<float>();
    const float* above = output_gradient.const_data_ptr<float>();
    const float* states = output_.const_data_ptr<float>();
    const Rows<const float> input{input_.const_data_ptr<float>(), input_width_};
    for_pieces(layout_, [&](size_t p, int d) {
      const TimeMajorPiece& piece = layout_.pieces[p];
      detail::lstm_piece_backward(piece, d == 1, recurrent[static_cast<size_t>(d)],
                                  trace_.direction(d), direction_columns(above, hidden_, d),
                                  gate + d * rows_ * gates,
                                  bias + (static_cast<int64_t>(p) * kDirections + d) * gates);
      detail::lstm_piece_operands(piece, d == 1, hidden_, input,
                                  direction_columns(states, hidden_, d),
                                  {operand + d * rows_ * width, width});
    });
  }

  at::Tensor input_gradient() const {
    at::Tensor gradient = at::empty({rows_, input_width_}, input_.options());
    float* out = gradient.mutable_data_ptr<float>();
    for (int d = 0; d < kDirections; ++d) {
      kernel::Epilogue added;
      if (d > 0) added.residual = out;
      added.residual_stride = input_width_;
      kernel::multiply(pack(precision_, transposed(d, 0)), rows_,
                       gate_gradient_.const_data_ptr<float>() + d * rows_ * 4 * hidden_,
                       4 * hidden_, added, out, input_width_);
    }
    return gradient;
  }

  /// dW_ih and dW_hh are column blocks of one product: gate gradients times [input | state before].
  variable_list weight_gradients(int d) const {
    const at::Tensor both =
        detail::multiply_rows({ProductLibrary::kOwn, precision_}, gate_gradient_[d], operands_[d]);
    const at::Tensor bias = bias_gradient_.select(1, d).sum(0);
    return {both.narrow(1, 0, input_width_).contiguous(),
            both.narrow(1, input_width_, hidden_).contiguous(), bias, bias.clone()};
  }

 private:
  at::Tensor transposed(size_t d, size_t which) const {
    return weights_[d * kTensorsOfDirection + which].t().contiguous();
  }

  const TimeMajorLayout& layout_;
  kernel::Arithmetic precision_;
  const TraceTensors& trace_;
  at::Tensor input_, output_;
  variable_list weights_;
  int64_t rows_, hidden_, input_width_;
  at::Tensor gate_gradient_;  ///< (2, N, 4H)
  at::Tensor operands_;       ///< (2, N, E + H)
  at::Tensor bias_gradient_;  ///< (pieces, 2, 4H)
};

/// Arguments: input, record, then weight_ih, weight_hh, bias_ih, bias_hh of the two directions.
class BiLstmLayerFunction : public torch::autograd::Function<BiLstmLayerFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input_argument,
                            const c10::intrusive_ptr<LayerRecord>& record, const at::Tensor& ih,
                            const at::Tensor& hh, const at::Tensor& bias_ih,
                            const at::Tensor& bias_hh, const at::Tensor& reverse_ih,
                            const at::Tensor& reverse_hh, const at::Tensor& reverse_bias_ih,
                            const at::Tensor& reverse_bias_hh) {
    const TimeMajorLayout& layout = *record->layout;
    const at::Tensor input = input_argument.contiguous();
    variable_list weights;
    for (const at::Tensor& weight :
         {ih, hh, bias_ih, bias_hh, reverse_ih, reverse_hh, reverse_bias_ih, reverse_bias_hh})
      weights.push_back(weight.contiguous());
    const int64_t n = layout.rows, h = weights[1].size(1);
    TraceTensors& trace = record->trace;
    trace.gates = at::empty({kDirections, n, 4 * h}, input.options());
    trace.cell = at::empty({kDirections, n, h}, input.options());
    trace.cell_tanh = at::empty({kDirections, n, h}, input.options());
    const at::Tensor output = at::empty({n, kDirections * h}, input.options());
    const std::array<LstmForwardWeights, kDirections> packed{
        forward_weights(record->precision, weights, 0),
        forward_weights(record->precision, weights, 1)};
    const Rows<const float> rows{input.const_data_ptr<float>(), input.size(1)};
    float* out = output.mutable_data_ptr<float>();
    for_pieces(layout, [&](size_t p, int d) {
      detail::lstm_piece_forward(layout.pieces[p], packed[static_cast<size_t>(d)], rows,
                                 trace.direction(d), direction_columns(out, h, d));
    });
    variable_list saved{input, output};
    saved.insert(saved.end(), weights.begin(), weights.end());
    context->save_for_backward(saved);
    context->saved_data["record"] = c10::IValue::make_capsule(record);
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto record =
        c10::static_intrusive_pointer_cast<LayerRecord>(context->saved_data["record"].toCapsule());
    BiLstmBackward pass(*record, context->get_saved_variables());
    pass.run(gradients[0].contiguous());
    variable_list result{context->needs_input_grad(0) ? pass.input_gradient() : at::Tensor(),
                         at::Tensor()};
    for (int d = 0; d < kDirections; ++d)
      for (const at::Tensor& gradient : pass.weight_gradients(d)) result.push_back(gradient);
    return result;
  }
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
  if (input.device().is_cpu() && input.scalar_type() == at::kFloat) {
    const auto record = c10::make_intrusive<LayerRecord>();
    record->layout = std::move(layout);
    record->precision = kernel::product_precision();
    return BiLstmLayerFunction::apply(input, record, weights[0], weights[1], weights[2], weights[3],
                                      weights[4], weights[5], weights[6], weights[7]);
  }
  return packed_lstm(input, *layout, weights);
}

}  // namespace limbeck::nlp
