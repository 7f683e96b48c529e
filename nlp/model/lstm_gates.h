#pragma once

#include <cstdint>

/// The elementwise part of an LSTM step, with what training keeps; gate order i, f, g, o as
/// torch.nn.LSTM has it.
namespace limbeck::nlp::detail {

/// One step of `rows` sentences; rows are contiguous unless a stride is given. H = hidden.
struct LstmGatesForward {
  int64_t hidden = 0;
  int64_t rows = 0;
  int64_t continued_rows = 0;          ///< the first of them have a state from the step before
  float* gates = nullptr;              ///< (rows, 4H) in: W x + U h; out: the activated gates
  const float* bias = nullptr;         ///< (4H)
  const float* cell_before = nullptr;  ///< (continued_rows, H)
  float* cell = nullptr;               ///< (rows, H) out: c = f * c_before + i * g
  float* cell_tanh = nullptr;          ///< (rows, H) out: tanh(c)
  float* output = nullptr;             ///< (rows, H) out: h = o * tanh(c)
  int64_t output_stride = 0;
};
void lstm_gates_forward(const LstmGatesForward& step);

/// Gradients of one step.
struct LstmGatesBackward {
  int64_t hidden = 0;
  int64_t rows = 0;
  int64_t continued_rows = 0;              ///< the first of them had a state before this step
  int64_t later_rows = 0;                  ///< the first of them go on after this step
  const float* gates = nullptr;            ///< (rows, 4H) activated
  const float* cell_before = nullptr;      ///< (continued_rows, H)
  const float* cell_tanh = nullptr;        ///< (rows, H)
  const float* output_gradient = nullptr;  ///< (rows, H) from above
  int64_t output_stride = 0;
  const float* state_gradient = nullptr;  ///< (later_rows, H) dL/dh from the later step
  float* cell_gradient =
      nullptr;  ///< (rows, H) in: dL/dc of the first later_rows; out: dL/dc_before
  float* gate_gradient = nullptr;  ///< (rows, 4H) out: dL/d(W x + U h + bias)
  float* bias_gradient = nullptr;  ///< (4H) accumulated
};
void lstm_gates_backward(const LstmGatesBackward& step);

}  // namespace limbeck::nlp::detail
