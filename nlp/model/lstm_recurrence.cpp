#include "nlp/model/lstm_recurrence.h"

#include <algorithm>
#include <cstring>

#include "nlp/kernel/gemm.h"
#include "nlp/model/lstm_gates.h"

namespace limbeck::nlp::detail {
namespace {

/// A piece walked in the order in which a direction meets its steps.
class StepWalk {
 public:
  StepWalk(const TimeMajorPiece& piece, bool reverse) : piece_(piece), reverse_(reverse) {}

  /// The n-th step met.
  int64_t step(int64_t n) const { return reverse_ ? piece_.steps() - 1 - n : n; }
  int64_t rows(int64_t t) const { return piece_.active[static_cast<size_t>(t)]; }
  int64_t first_row(int64_t t) const {
    return piece_.first_row + piece_.offset[static_cast<size_t>(t)];
  }
  /// The step met just before t, or -1.
  int64_t before(int64_t t) const {
    return reverse_ ? (t + 1 < piece_.steps() ? t + 1 : -1) : t - 1;
  }
  int64_t after(int64_t t) const {
    return reverse_ ? t - 1 : (t + 1 < piece_.steps() ? t + 1 : -1);
  }
  /// Sentences that run both at t and at its neighbour.
  int64_t shared_rows(int64_t t, int64_t neighbour) const {
    return neighbour < 0 ? 0 : std::min(rows(t), rows(neighbour));
  }

 private:
  const TimeMajorPiece& piece_;
  bool reverse_;
};

}  // namespace

void lstm_piece_forward(const TimeMajorPiece& piece, const LstmShape& shape,
                        const LstmDirection& direction, const float* input, const LstmTrace& trace,
                        float* output, int64_t output_stride) {
  const StepWalk walk(piece, direction.reverse);
  const int64_t h = shape.hidden;
  float* gates = trace.gates + piece.first_row * 4 * h;
  kernel::sgemm(false, true, piece.rows(), 4 * h, shape.input_width, 1.0f,
                input + piece.first_row * shape.input_width, shape.input_width, direction.weight_ih,
                shape.input_width, 0.0f, gates, 4 * h);
  for (int64_t n = 0; n < piece.steps(); ++n) {
    const int64_t t = walk.step(n), before = walk.before(t);
    LstmGatesForward step;
    step.hidden = h;
    step.rows = walk.rows(t);
    step.continued_rows = walk.shared_rows(t, before);
    step.gates = trace.gates + walk.first_row(t) * 4 * h;
    if (step.continued_rows > 0) {
      const int64_t row_before = walk.first_row(before);
      kernel::sgemm(false, true, step.continued_rows, 4 * h, h, 1.0f,
                    output + row_before * output_stride, output_stride, direction.weight_hh, h,
                    1.0f, step.gates, 4 * h);
      step.cell_before = trace.cell + row_before * h;
    }
    step.bias = direction.bias.data();
    step.cell = trace.cell + walk.first_row(t) * h;
    step.cell_tanh = trace.cell_tanh + walk.first_row(t) * h;
    step.output = output + walk.first_row(t) * output_stride;
    step.output_stride = output_stride;
    lstm_gates_forward(step);
  }
}

void lstm_piece_backward(const TimeMajorPiece& piece, const LstmShape& shape,
                         const LstmDirection& direction, const LstmTrace& trace,
                         const float* output_gradient, int64_t output_stride, float* gate_gradient,
                         float* bias_gradient) {
  const StepWalk walk(piece, direction.reverse);
  const int64_t h = shape.hidden;
  std::vector<float> state_gradient(static_cast<size_t>(piece.sequences() * h));
  std::vector<float> cell_gradient(static_cast<size_t>(piece.sequences() * h));
  std::fill_n(bias_gradient, 4 * h, 0.0f);
  for (int64_t n = piece.steps() - 1; n >= 0; --n) {
    const int64_t t = walk.step(n), before = walk.before(t);
    LstmGatesBackward step;
    step.hidden = h;
    step.rows = walk.rows(t);
    step.continued_rows = walk.shared_rows(t, before);
    step.later_rows = walk.shared_rows(t, walk.after(t));
    step.gates = trace.gates + walk.first_row(t) * 4 * h;
    if (before >= 0) step.cell_before = trace.cell + walk.first_row(before) * h;
    step.cell_tanh = trace.cell_tanh + walk.first_row(t) * h;
    step.output_gradient = output_gradient + walk.first_row(t) * output_stride;
    step.output_stride = output_stride;
    step.state_gradient = state_gradient.data();
    step.cell_gradient = cell_gradient.data();
    step.gate_gradient = gate_gradient + walk.first_row(t) * 4 * h;
    step.bias_gradient = bias_gradient;
    lstm_gates_backward(step);
    if (step.continued_rows > 0)
      kernel::sgemm(false, false, step.continued_rows, h, 4 * h, 1.0f, step.gate_gradient, 4 * h,
                    direction.weight_hh, h, 0.0f, state_gradient.data(), h);
  }
}

void lstm_piece_operands(const TimeMajorPiece& piece, const LstmShape& shape, bool reverse,
                         const float* input, const float* output, int64_t output_stride,
                         float* operands) {
  const StepWalk walk(piece, reverse);
  const int64_t width = shape.input_width + shape.hidden;
  for (int64_t t = 0; t < piece.steps(); ++t) {
    const int64_t before = walk.before(t), continued = walk.shared_rows(t, before);
    for (int64_t k = 0; k < walk.rows(t); ++k) {
      const int64_t row = walk.first_row(t) + k;
      float* target = operands + row * width;
      std::memcpy(target, input + row * shape.input_width, sizeof(float) * shape.input_width);
      target += shape.input_width;
      if (k < continued)
        std::memcpy(target, output + (walk.first_row(before) + k) * output_stride,
                    sizeof(float) * shape.hidden);
      else
        std::fill_n(target, shape.hidden, 0.0f);
    }
  }
}

}  // namespace limbeck::nlp::detail
