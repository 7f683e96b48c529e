#pragma once

#include <cstdint>
#include <vector>

#include "nlp/model/time_major.h"

/// One direction of a float32 LSTM layer over padding-free, time-major rows, with what training
/// needs; plain memory. N rows, E inputs, H hidden units. The work is cut by (piece, direction),
/// never by thread, so results do not depend on the number of threads.
namespace limbeck::nlp::detail {

/// Weights as torch.nn.LSTM stores them.
struct LstmDirection {
  bool reverse = false;
  const float* weight_ih = nullptr;  ///< (4H, E)
  const float* weight_hh = nullptr;  ///< (4H, H)
  std::vector<float> bias;           ///< (4H) sum of both biases
};

/// What the forward pass leaves for the backward pass, of one direction.
struct LstmTrace {
  float* gates = nullptr;      ///< (N, 4H) activated
  float* cell = nullptr;       ///< (N, H)
  float* cell_tanh = nullptr;  ///< (N, H)
};

struct LstmShape {
  int64_t input_width = 0;
  int64_t hidden = 0;
};

/// Hidden states of one piece: columns of `output`, whose rows are `output_stride` apart.
void lstm_piece_forward(const TimeMajorPiece& piece, const LstmShape& shape,
                        const LstmDirection& direction, const float* input, const LstmTrace& trace,
                        float* output, int64_t output_stride);

/// Gradients of the gates' sums (N, 4H) of one piece; `bias_gradient` (4H) is overwritten.
void lstm_piece_backward(const TimeMajorPiece& piece, const LstmShape& shape,
                         const LstmDirection& direction, const LstmTrace& trace,
                         const float* output_gradient, int64_t output_stride, float* gate_gradient,
                         float* bias_gradient);

/// Rows [input | state before the step] (N, E + H) of one piece: the factor of both weight
/// gradients.
void lstm_piece_operands(const TimeMajorPiece& piece, const LstmShape& shape, bool reverse,
                         const float* input, const float* output, int64_t output_stride,
                         float* operands);

}  // namespace limbeck::nlp::detail
