#pragma once

#include <cstdint>

/// The element-wise half of an LSTM step, forward and backward, float32; products are the caller's.
///   i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o);  g = tanh(a_g);  c = f * c_before + i * g;
///   h = o * tanh(c)
/// Source: Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; gate order i, f,
/// g, o as torch.nn.LSTM.
namespace limbeck::nlp::kernel {

/// One step of B rows; strides in elements from row to row.
struct LstmForward {
  int64_t batch = 0, hidden = 0;  ///< B, H
  float* gates = nullptr;         ///< (B, 4H) in: a (biases added); out: i, f, g, o
  int64_t gates_stride = 0;
  const float* cell_before = nullptr;  ///< (B, H), nullptr for zeros
  int64_t cell_before_stride = 0;
  float* cell = nullptr;  ///< (B, H) c; may be cell_before
  int64_t cell_stride = 0;
  float* cell_tanh = nullptr;  ///< (B, H) tanh(c) for the backward step, nullptr when not wanted
  int64_t cell_tanh_stride = 0;
  float* hidden_state = nullptr;  ///< (B, H) h
  int64_t hidden_stride = 0;
};
void lstm_cell_forward(const LstmForward& step);

/// Gradients of the same step from the values that the forward step left.
struct LstmBackward {
  int64_t batch = 0, hidden = 0;
  const float* gates = nullptr;  ///< (B, 4H) i, f, g, o
  int64_t gates_stride = 0;
  const float* cell_before = nullptr;  ///< (B, H), nullptr for zeros
  int64_t cell_before_stride = 0;
  const float* cell_tanh = nullptr;  ///< (B, H)
  int64_t cell_tanh_stride = 0;
  const float* hidden_gradient = nullptr;  ///< (B, H) dL/dh
  int64_t hidden_gradient_stride = 0;
  float* cell_gradient = nullptr;  ///< (B, H) in: dL/dc from the later step; out: dL/dc_before
  int64_t cell_gradient_stride = 0;
  float* gates_gradient = nullptr;  ///< (B, 4H) out: dL/da; may be gates' memory
  int64_t gates_gradient_stride = 0;
};
void lstm_cell_backward(const LstmBackward& step);

}  // namespace limbeck::nlp::kernel
