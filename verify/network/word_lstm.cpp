#include "verify/network/word_lstm.h"

#include <torch/torch.h>

#include <string>

namespace limbeck::verify {

TensorFunction word_lstm_function(const WeightFile& weights) {
  std::vector<at::Tensor> all;
  int64_t layers = 0;
  do {
    for (const char* direction : {"", "_reverse"})
      for (const char* part : {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"})
        all.push_back(weights.at("lstm." + (part + std::to_string(layers)) + direction));
    ++layers;
  } while (weights.contains("lstm.weight_ih_l" + std::to_string(layers)));
  const int64_t width = all[1].size(1);
  for (const char* name : {"head.out.weight", "head.out.bias"}) weights.at(name);
  return [weights, all, layers, width](const at::Tensor& x) {
    const at::Tensor zero = at::zeros({2 * layers, x.size(0), width}, x.options());
    const at::Tensor states =
        std::get<0>(at::lstm(x, {zero, zero}, all, /*has_biases=*/true, layers, /*dropout=*/0.0,
                             /*train=*/false, /*bidirectional=*/true, /*batch_first=*/true));
    return weights.dense(states.mean(1), "head.out");
  };
}

}  // namespace limbeck::verify
