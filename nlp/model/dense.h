#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace limbeck::nlp {

/// A dense layer on linear_product(): parameters `weight` (out, in) and `bias` (out), as
/// torch.nn.Linear names them.
class DenseImpl : public torch::nn::Module {
 public:
  DenseImpl(int64_t in_width, int64_t out_width, bool has_bias = true);
  at::Tensor forward(const at::Tensor& x) const;

  at::Tensor weight, bias;
};
TORCH_MODULE(Dense);

}  // namespace limbeck::nlp
