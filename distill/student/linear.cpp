#include "distill/student/linear.h"

namespace limbeck::distill::detail {

Linear::Linear(std::span<const float> matrix, int64_t columns, std::span<const float> bias,
               const PanelOrder& order, nlp::Precision precision)
    : weights_(pack_panels(matrix, columns, order, precision)) {
  bias_ = bias.empty() ? std::vector<float>(order.rows.size(), 0.0f) : reorder(bias, order.rows);
}

void Linear::apply(const float* input, int64_t stride, int64_t rows, float* out,
                   Bytes& scratch) const {
  ActivationRows activations;
  activations.rows = rows;
  activations.values = input;
  activations.stride = stride;
  if (weights_.precision == nlp::Precision::kInt8)
    activations = scratch.quantize(input, stride, rows, weights_.inputs);
  apply(activations, out);
}

Linear read_linear(const nlp::TensorStore& store, const std::string& name, int64_t outputs,
                   int64_t inputs, nlp::Precision precision) {
  const std::vector<float> matrix = nlp::to_float32(store.at(name + ".weight", {outputs, inputs}));
  const std::vector<float> bias = nlp::to_float32(store.at(name + ".bias", {outputs}));
  return Linear(matrix, inputs, bias, plain_order(outputs, inputs), precision);
}

}  // namespace limbeck::distill::detail
