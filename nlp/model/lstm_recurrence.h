#pragma once

#include <cstdint>
#include <vector>

#include "nlp/kernel/packed_matrix.h"
#include "nlp/model/time_major.h"

/// One direction of an LSTM layer of float32 values over padding-free, time-major rows, with what
/// training needs; plain memory. N rows, E inputs, H hidden units.
namespace limbeck::nlp::detail {

/// Weights of one direction, packed for the forward pass: W_ih (4H, E), W_hh (4H, H).
struct LstmForwardWeights {
  bool is_reverse = false;
  kernel::PackedMatrix input, recurrent;
  std::vector<float> bias;  ///< (4H) sum of both biases
  int64_t hidden() const { return recurrent.inputs(); }
};

/// What the forward pass leaves for the backward pass, of one direction.
struct LstmTrace {
  float* gates = nullptr;      ///< (N, 4H) activated
  float* cell = nullptr;       ///< (N, H)
  float* cell_tanh = nullptr;  ///< (N, H)
};

/// A matrix of a row for each of the N rows.
template <class T>
struct Rows {
  T* data = nullptr;
  int64_t stride = 0;
  T* at(int64_t row) const { return data + row * stride; }
};

/// Writes the hidden states (H wide) of one piece into `output`.
void lstm_piece_forward(const TimeMajorPiece& piece, const LstmForwardWeights& weights,
                        Rows<const float> input, const LstmTrace& trace, Rows<float> output);

/// Writes the gradients of the gates' sums (N, 4H) of one piece and their column sums, the bias
/// gradient (4H). `recurrent_transposed` is W_hh transposed: (H, 4H).
void lstm_piece_backward(const TimeMajorPiece& piece, bool is_reverse,
                         const kernel::PackedMatrix& recurrent_transposed, const LstmTrace& trace,
                         Rows<const float> output_gradient, float* gate_gradient,
                         float* bias_gradient);

/// Writes rows [input | state before the step] (N, E + H) of one piece: the factor of both weight
/// gradients.
void lstm_piece_operands(const TimeMajorPiece& piece, bool is_reverse, int64_t hidden,
                         Rows<const float> input, Rows<const float> output, Rows<float> operands);

}  // namespace limbeck::nlp::detail
