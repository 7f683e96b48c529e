#include "distill/student/bilstm_layer.h"

#include <string>

namespace limbeck::distill::detail {
namespace {

std::vector<float> sum_of(const std::vector<float>& a, const std::vector<float>& b) {
  std::vector<float> sum(a.size());
  for (size_t i = 0; i < a.size(); ++i) sum[i] = a[i] + b[i];
  return sum;
}

}  // namespace

BiLstmLayer::BiLstmLayer(const nlp::TensorStore& store, const nlp::BiLstmConfig& config,
                         int64_t index, nlp::Precision precision)
    : padded_hidden_(padded_width(config.hidden_width)) {
  const int64_t hidden = config.hidden_width, gates = 4 * hidden;
  const int64_t inputs = index == 0 ? config.embedding_width : 2 * hidden;
  PanelOrder input_order{gate_rows(hidden),
                         index == 0 ? padded_columns(1, inputs) : padded_columns(2, hidden)};
  PanelOrder recurrent_order{gate_rows(hidden), padded_columns(1, hidden)};
  for (size_t d = 0; d < 2; ++d) {
    const std::string tail = "_l" + std::to_string(index) + (d == 1 ? "_reverse" : "");
    const auto read = [&](const char* name, std::vector<int64_t> shape) {
      return nlp::to_float32(store.at(std::string("lstm.") + name + tail, shape));
    };
    const std::vector<float> input = read("weight_ih", {gates, inputs});
    const std::vector<float> recurrent = read("weight_hh", {gates, hidden});
    const std::vector<float> input_bias = read("bias_ih", {gates});
    const std::vector<float> bias = sum_of(input_bias, read("bias_hh", {gates}));
    directions_[d].input = Linear(input, inputs, bias, input_order, precision);
    directions_[d].recurrent = pack_panels(recurrent, hidden, recurrent_order, precision);
  }
}

void BiLstmLayer::run(const TimeMajorBatch& batch, const ActivationRows& input, float* out,
                      Workspace& space) const {
  const int64_t most_rows = batch.sentences();
  space.state_bytes.reserve(most_rows, padded_hidden_);
  for (size_t d = 0; d < 2; ++d) {
    LstmDirection lstm;
    float* gates = space.gates.at_least(input.rows * directions_[d].input.outputs());
    directions_[d].input.apply(input, gates);
    lstm.offsets = batch.offsets;
    lstm.reverse = d == 1;
    lstm.recurrent = &directions_[d].recurrent;
    lstm.gates = gates;
    lstm.output = out + static_cast<int64_t>(d) * padded_hidden_;
    lstm.stride = 2 * padded_hidden_;
    lstm.cell = space.cell.at_least(most_rows * padded_hidden_);
    lstm.quantized = space.state_bytes.quantized();
    lstm.scale = space.state_bytes.scale();
    run_lstm(lstm);
  }
}

int64_t BiLstmLayer::bytes() const {
  int64_t sum = 0;
  for (const Direction& direction : directions_)
    sum += direction.input.bytes() + direction.recurrent.bytes();
  return sum;
}

}  // namespace limbeck::distill::detail
