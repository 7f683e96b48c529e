#pragma once

#include <torch/types.h>

#include <stdexcept>
#include <vector>

#include "tests/verify/mpfi_function.h"
#include "verify/graph/graph.h"

namespace limbeck::test {

/// A tensor of one item in exact arithmetic, row-major.
struct RealTensor {
  std::vector<int64_t> shape;
  std::vector<Real> values;

  int64_t size(int64_t axis) const { return shape[static_cast<size_t>(axis)]; }
};

inline std::vector<double> doubles_of(const at::Tensor& x) {
  const at::Tensor y = x.to(at::kDouble).contiguous();
  return {y.const_data_ptr<double>(), y.const_data_ptr<double>() + y.numel()};
}

/// The value of a graph at one point (*shape), every number an interval of 300 bits. Knows the
/// operations that the tests of rigorous bounds use, each by its definition.
class RealEvaluation {
 public:
  static std::vector<Real> of(const verify::Graph& graph, const at::Tensor& point) {
    std::vector<RealTensor> values;
    RealTensor input{point.sizes().vec(), {}};
    for (const double x : doubles_of(point)) input.values.emplace_back(x);
    values.push_back(std::move(input));
    for (int64_t i = 1; i < graph.size(); ++i) {
      std::vector<const RealTensor*> inputs;
      for (const int64_t k : graph.node(i).inputs)
        inputs.push_back(&values[static_cast<size_t>(k)]);
      values.push_back({graph.node(i).shape, node_value(graph.node(i), inputs)});
    }
    return values.back().values;
  }

 private:
  using Inputs = std::vector<const RealTensor*>;
  using Values = std::vector<Real>;

  static Values node_value(const verify::Node& node, const Inputs& inputs) {
    const RealTensor& x = *inputs[0];
    if (node.op == "linear") return linear(node, x);
    if (node.op == "reshape") return x.values;
    if (node.op == "scale_shift") return scale_shift(node, x);
    if (node.op == "weighted_sum") return weighted_sum(node, inputs);
    if (node.op == "permute" || node.op == "take" || node.op == "expand" || node.op == "concat")
      return moved(node, inputs);
    if (node.op == "reduce_sum") return reduce_sum(node, x);
    if (node.op == "product") {
      Values y;
      for (size_t i = 0; i < x.values.size(); ++i) y.push_back(x.values[i] * inputs[1]->values[i]);
      return y;
    }
    if (node.op == "gate" || node.op == "gated_tanh") {
      Values y;
      for (size_t i = 0; i < x.values.size(); ++i) {
        const Real& t = inputs[1]->values[i];
        y.push_back(sigmoid(x.values[i]) * (node.op == "gate" ? t : tanh(t)));
      }
      return y;
    }
    if (node.op == "matmul") return matmul(x, *inputs[1]);
    if (node.op == "softmax") return softmax(x);
    if (node.op == "maximum") return maximum(node, x);
    Values y;
    for (const Real& value : x.values) y.push_back(function_value(node.op, value, node.numbers));
    return y;
  }

  static Values linear(const verify::Node& node, const RealTensor& x) {
    const std::vector<double> weight = doubles_of(node.constants[0]);
    const std::vector<double> bias =
        node.constants[2].defined() ? doubles_of(node.constants[2]) : std::vector<double>();
    const size_t in = static_cast<size_t>(x.shape.back()), out = weight.size() / in;
    Values y;
    for (size_t row = 0; row < x.values.size() / in; ++row)
      for (size_t o = 0; o < out; ++o) {
        Real sum = bias.empty() ? 0 : bias[o];
        for (size_t i = 0; i < in; ++i)
          sum = sum + Real(weight[o * in + i]) * x.values[row * in + i];
        y.push_back(sum);
      }
    return y;
  }

  static std::vector<double> spread(const at::Tensor& constant, const verify::Node& node) {
    std::vector<int64_t> sizes = {1};
    sizes.insert(sizes.end(), node.shape.begin(), node.shape.end());
    return doubles_of(constant.expand(sizes));
  }

  static Values scale_shift(const verify::Node& node, const RealTensor& x) {
    Values y = x.values;
    if (node.constants[0].defined()) {
      const std::vector<double> scale = spread(node.constants[0], node);
      for (size_t i = 0; i < y.size(); ++i) y[i] = y[i] * Real(scale[i]);
    }
    if (node.constants[1].defined()) {
      const std::vector<double> shift = spread(node.constants[1], node);
      for (size_t i = 0; i < y.size(); ++i) y[i] = y[i] + Real(shift[i]);
    }
    return y;
  }

  static Values weighted_sum(const verify::Node& node, const Inputs& inputs) {
    Values y(inputs[0]->values.size());
    for (size_t k = 0; k < inputs.size(); ++k)
      for (size_t i = 0; i < y.size(); ++i)
        y[i] = y[i] + Real(node.numbers[k]) * inputs[k]->values[i];
    return y;
  }

  /// Operations that only copy, by where LibTorch takes each number from.
  static Values moved(const verify::Node& node, const Inputs& inputs) {
    Values all;
    std::vector<at::Tensor> places;
    for (const RealTensor* x : inputs) {
      const int64_t first = static_cast<int64_t>(all.size());
      all.insert(all.end(), x->values.begin(), x->values.end());
      places.push_back(
          at::arange(first, static_cast<int64_t>(all.size()), at::kLong).view(x->shape));
    }
    at::Tensor place;
    if (node.op == "permute") place = places[0].permute(node.ints);
    if (node.op == "expand") place = places[0].expand(node.shape);
    if (node.op == "take") place = places[0].index_select(node.ints[0], node.constants[0]);
    if (node.op == "concat") place = at::cat(places, node.ints[0]);
    const at::Tensor flat = place.contiguous();
    Values y;
    for (int64_t i = 0; i < flat.numel(); ++i)
      y.push_back(all[static_cast<size_t>(flat.const_data_ptr<int64_t>()[i])]);
    return y;
  }

  static Values reduce_sum(const verify::Node& node, const RealTensor& x) {
    const at::Tensor target = at::arange(product(node.shape), at::kLong).view(node.shape);
    const at::Tensor place = target.expand(x.shape).contiguous();
    Values y(static_cast<size_t>(product(node.shape)));
    for (size_t i = 0; i < x.values.size(); ++i) {
      Real& sum = y[static_cast<size_t>(place.const_data_ptr<int64_t>()[i])];
      sum = sum + Real(node.numbers[0]) * x.values[i];
    }
    return y;
  }

  static int64_t product(const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    return count;
  }

  static Values matmul(const RealTensor& x, const RealTensor& y) {
    const size_t m = static_cast<size_t>(x.shape[x.shape.size() - 2]),
                 n = static_cast<size_t>(x.shape.back()), p = static_cast<size_t>(y.shape.back());
    Values z;
    for (size_t batch = 0; batch < x.values.size() / (m * n); ++batch)
      for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < p; ++j) {
          Real sum = 0;
          for (size_t k = 0; k < n; ++k)
            sum = sum + x.values[(batch * m + i) * n + k] * y.values[(batch * n + k) * p + j];
          z.push_back(sum);
        }
    return z;
  }

  static Values softmax(const RealTensor& x) {
    const size_t n = static_cast<size_t>(x.shape.back());
    Values y;
    for (size_t row = 0; row < x.values.size() / n; ++row) {
      Values e;
      for (size_t k = 0; k < n; ++k) e.push_back(exp(x.values[row * n + k]));
      const Real sum = sum_of(e);
      for (const Real& value : e) y.push_back(value / sum);
    }
    return y;
  }

  static Values maximum(const verify::Node& node, const RealTensor& x) {
    const at::Tensor target = at::arange(product(node.shape), at::kLong).view(node.shape);
    const at::Tensor place = target.expand(x.shape).contiguous();
    Values y(static_cast<size_t>(product(node.shape)), Real(-1e300));
    for (size_t i = 0; i < x.values.size(); ++i) {
      Real& most = y[static_cast<size_t>(place.const_data_ptr<int64_t>()[i])];
      most = max(most, x.values[i]);
    }
    return y;
  }
};

}  // namespace limbeck::test
