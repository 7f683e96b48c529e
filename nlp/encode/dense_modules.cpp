#include "nlp/encode/dense_modules.h"

#include "nlp/encode/token_pooling.h"
#include "nlp/kernel/activation.h"

namespace limbeck::nlp {
namespace {

/// y += x.
void add(std::span<const float> x, std::span<float> y) {
  for (size_t i = 0; i < y.size(); ++i) y[i] += x[i];
}

VectorRows product(const kernel::PackedMatrix& matrix, const std::vector<float>& bias,
                   const VectorRows& x) {
  VectorRows y{x.rows, matrix.outputs(), {}};
  y.values.resize(static_cast<size_t>(y.rows * y.width));
  kernel::multiply(matrix, x.rows, x.values.data(), x.width, {bias.empty() ? nullptr : bias.data()},
                   y.values.data(), y.width);
  return y;
}

}  // namespace

DenseModules::DenseModules(std::span<const DenseModule> modules) {
  for (const DenseModule& module : modules) {
    const TensorStore store = TensorStore::open(module.folder);
    const std::vector<int64_t> shape{module.outputs, module.inputs};
    Part part;
    part.module = module;
    part.matrix = packed(store.at("linear.weight", shape), module.outputs, module.inputs);
    if (module.has_bias) {
      part.bias = to_float32(store.at("linear.bias", {module.outputs}));
      size_.parameters += module.outputs;
      size_.bytes += module.outputs * static_cast<int64_t>(sizeof(float));
    }
    if (module.is_residual && module.inputs != module.outputs)
      part.residual = packed(store.at("residual.weight", shape), module.outputs, module.inputs);
    parts_.push_back(std::move(part));
  }
}

kernel::PackedMatrix DenseModules::packed(const TensorView& weight, int64_t outputs,
                                          int64_t inputs) {
  kernel::PackedMatrix matrix(kernel::Arithmetic::kFloat32, to_float32(weight).data(), outputs,
                              inputs, inputs);
  size_.parameters += outputs * inputs;
  size_.bytes += matrix.bytes();
  return matrix;
}

void DenseModules::activate(const std::string& activation, std::span<float> values) {
  if (activation == "Tanh") kernel::tanh(values, values);
  if (activation == "ReLU") kernel::relu(values, values);
  if (activation == "GELU") kernel::gelu(values, values);
  if (activation == "Sigmoid") kernel::sigmoid(values, values);
}

VectorRows DenseModules::apply(VectorRows vectors) const {
  for (const Part& part : parts_) {
    if (vectors.rows == 0) {
      vectors.width = part.module.outputs;
      continue;
    }
    VectorRows result = product(part.matrix, part.bias, vectors);
    activate(part.module.activation, result.values);
    if (part.module.is_residual)
      add(part.residual.outputs() > 0 ? product(part.residual, {}, vectors).values : vectors.values,
          result.values);
    if (part.module.normalize)
      for (int64_t row = 0; row < result.rows; ++row) divide_by_norm(result.row(row));
    vectors = std::move(result);
  }
  return vectors;
}

}  // namespace limbeck::nlp
