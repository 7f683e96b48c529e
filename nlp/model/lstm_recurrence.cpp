#include "nlp/model/lstm_recurrence.h"

#include <algorithm>
#include <cstring>

#include "nlp/kernel/lstm_cell.h"

namespace limbeck::nlp::detail {
namespace {

/// One step of a piece as a direction meets it.
struct Step {
  int64_t row, rows;       ///< first row and number of rows
  int64_t row_before = 0;  ///< first row of the step met just before
  int64_t continued = 0;   ///< the first of the rows had a state before this step
  int64_t going_on = 0;    ///< the first of the rows have a step after this one
};

/// The steps of a piece in the order of a direction.
std::vector<Step> walk(const TimeMajorPiece& piece, bool is_reverse) {
  std::vector<Step> steps;
  for (int64_t n = 0; n < piece.steps(); ++n) {
    const auto t = static_cast<size_t>(is_reverse ? piece.steps() - 1 - n : n);
    Step step{piece.first_row + piece.offset[t], piece.active[t]};
    if (!steps.empty()) {
      step.row_before = steps.back().row;
      step.continued = std::min(step.rows, steps.back().rows);
      steps.back().going_on = step.continued;
    }
    steps.push_back(step);
  }
  return steps;
}

/// Rows [begin, end) of a step through the cell.
void cell_forward(const Step& step, int64_t begin, int64_t end, int64_t hidden,
                  const LstmTrace& trace, Rows<float> output) {
  if (begin == end) return;
  const int64_t row = step.row + begin;
  kernel::LstmForward cell;
  cell.batch = end - begin;
  cell.hidden = hidden;
  cell.gates = trace.gates + row * 4 * hidden;
  cell.gates_stride = 4 * hidden;
  if (begin < step.continued) cell.cell_before = trace.cell + (step.row_before + begin) * hidden;
  cell.cell = trace.cell + row * hidden;
  cell.cell_tanh = trace.cell_tanh + row * hidden;
  cell.cell_before_stride = cell.cell_stride = cell.cell_tanh_stride = hidden;
  cell.hidden_state = output.at(row);
  cell.hidden_stride = output.stride;
  kernel::lstm_cell_forward(cell);
}

/// Gradients that one step hands to the step before it.
struct Carry {
  std::vector<float> hidden, cell;  ///< (sequences, H)
};

void cell_backward(const Step& step, int64_t begin, int64_t end, int64_t hidden,
                   const LstmTrace& trace, Carry& carry, float* gate_gradient) {
  if (begin == end) return;
  const int64_t row = step.row + begin;
  kernel::LstmBackward cell;
  cell.batch = end - begin;
  cell.hidden = hidden;
  cell.gates = trace.gates + row * 4 * hidden;
  if (begin < step.continued) cell.cell_before = trace.cell + (step.row_before + begin) * hidden;
  cell.cell_tanh = trace.cell_tanh + row * hidden;
  cell.hidden_gradient = carry.hidden.data() + begin * hidden;
  cell.cell_gradient = carry.cell.data() + begin * hidden;
  cell.gates_gradient = gate_gradient + row * 4 * hidden;
  cell.gates_stride = cell.gates_gradient_stride = 4 * hidden;
  cell.cell_before_stride = cell.cell_tanh_stride = cell.hidden_gradient_stride =
      cell.cell_gradient_stride = hidden;
  kernel::lstm_cell_backward(cell);
}

void add_column_sums(const float* rows, int64_t count, int64_t width, float* sums) {
  for (int64_t row = 0; row < count; ++row)
    for (int64_t j = 0; j < width; ++j) sums[j] += rows[row * width + j];
}

}  // namespace

void lstm_piece_forward(const TimeMajorPiece& piece, const LstmForwardWeights& weights,
                        Rows<const float> input, const LstmTrace& trace, Rows<float> output) {
  const int64_t h = weights.hidden();
  kernel::Epilogue biased;
  biased.bias = weights.bias.data();
  kernel::multiply(weights.input, piece.rows(), input.at(piece.first_row), input.stride, biased,
                   trace.gates + piece.first_row * 4 * h, 4 * h);
  for (const Step& step : walk(piece, weights.is_reverse)) {
    float* gates = trace.gates + step.row * 4 * h;
    kernel::Epilogue added;
    added.residual = gates;
    added.residual_stride = 4 * h;
    if (step.continued > 0)
      kernel::multiply(weights.recurrent, step.continued, output.at(step.row_before), output.stride,
                       added, gates, 4 * h);
    cell_forward(step, 0, step.continued, h, trace, output);
    cell_forward(step, step.continued, step.rows, h, trace, output);
  }
}

void lstm_piece_backward(const TimeMajorPiece& piece, bool is_reverse,
                         const kernel::PackedMatrix& recurrent_transposed, const LstmTrace& trace,
                         Rows<const float> output_gradient, float* gate_gradient,
                         float* bias_gradient) {
  const int64_t h = recurrent_transposed.outputs();
  const auto places = static_cast<size_t>(piece.sequences() * h);
  Carry carry{std::vector<float>(places), std::vector<float>(places)};
  const std::vector<Step> steps = walk(piece, is_reverse);
  std::fill_n(bias_gradient, 4 * h, 0.0f);
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    // Rows that end here take the gradient from above; the others had it added by the product
    // below.
    for (int64_t k = step->going_on; k < step->rows; ++k) {
      std::memcpy(carry.hidden.data() + k * h, output_gradient.at(step->row + k),
                  sizeof(float) * h);
      std::fill_n(carry.cell.data() + k * h, h, 0.0f);
    }
    cell_backward(*step, 0, step->continued, h, trace, carry, gate_gradient);
    cell_backward(*step, step->continued, step->rows, h, trace, carry, gate_gradient);
    const float* gates = gate_gradient + step->row * 4 * h;
    add_column_sums(gates, step->rows, 4 * h, bias_gradient);
    if (step->continued == 0) continue;
    kernel::Epilogue from_above;
    from_above.residual = output_gradient.at(step->row_before);
    from_above.residual_stride = output_gradient.stride;
    kernel::multiply(recurrent_transposed, step->continued, gates, 4 * h, from_above,
                     carry.hidden.data(), h);
  }
}

void lstm_piece_operands(const TimeMajorPiece& piece, bool is_reverse, int64_t hidden,
                         Rows<const float> input, Rows<const float> output, Rows<float> operands) {
  const int64_t e = operands.stride - hidden;
  for (const Step& step : walk(piece, is_reverse))
    for (int64_t k = 0; k < step.rows; ++k) {
      float* target = operands.at(step.row + k);
      std::memcpy(target, input.at(step.row + k), sizeof(float) * e);
      if (k < step.continued)
        std::memcpy(target + e, output.at(step.row_before + k), sizeof(float) * hidden);
      else
        std::fill_n(target + e, hidden, 0.0f);
    }
}

}  // namespace limbeck::nlp::detail
