#include "verify/network/bilstm_classifier.h"

#include <ATen/ATen.h>

namespace limbeck::verify {
namespace {

class BiLstm {
 public:
  BiLstm(const WeightFile& weights, std::string pooling)
      : weights_(weights), pooling_(std::move(pooling)) {
    do {
      for (const char* direction : {"", "_reverse"})
        for (const char* part : {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"})
          lstm_.push_back(weights_.at("lstm." + (part + std::to_string(layers_)) + direction));
      ++layers_;
    } while (weights_.contains("lstm.weight_ih_l" + std::to_string(layers_)));
    for (const char* name : {"head.out.weight", "head.out.bias"}) weights_.at(name);
    if (pooling_ == "attention")
      for (const char* name : {"attention.dense.weight", "attention.score.weight"})
        weights_.at(name);
  }

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor zero = at::zeros({2 * layers_, x.size(0), width()}, x.options());
    const at::Tensor states =
        std::get<0>(at::lstm(x, {zero, zero}, lstm_, /*has_biases=*/true, layers_, /*dropout=*/0.0,
                             /*train=*/false, /*bidirectional=*/true, /*batch_first=*/true));
    at::Tensor pooled = pool(states);
    if (weights_.contains("head.dense.weight"))
      pooled = weights_.dense(pooled, "head.dense").relu();
    return weights_.dense(pooled, "head.out");
  }

 private:
  int64_t width() const { return lstm_[1].size(1); }

  at::Tensor pool(const at::Tensor& states) const {
    if (pooling_ == "mean") return states.mean(1);
    if (pooling_ == "max") return states.amax(1);
    if (pooling_ == "last")  // forward at the end, backward at the start
      return at::cat(
          {states.select(1, -1).slice(1, 0, width()), states.select(1, 0).slice(1, width())}, 1);
    const at::Tensor scores =
        weights_.dense(weights_.dense(states, "attention.dense").tanh(), "attention.score");
    return at::matmul(scores.transpose(1, 2).softmax(-1), states).squeeze(1);
  }

  WeightFile weights_;
  std::string pooling_;
  std::vector<at::Tensor> lstm_;
  int64_t layers_ = 0;
};

}  // namespace

TensorFunction bilstm_classifier_function(const WeightFile& weights, const std::string& pooling) {
  return BiLstm(weights, pooling);
}

}  // namespace limbeck::verify
