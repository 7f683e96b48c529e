#include "nlp/model/adaptable_dense.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/model/initialization.h"
#include "nlp/model/linear_product.h"

namespace limbeck::nlp {

AdaptableDenseImpl::AdaptableDenseImpl(int64_t in_width, int64_t out_width, bool has_bias)
    : weight(register_parameter("weight", at::zeros({out_width, in_width}))) {
  if (has_bias) bias = register_parameter("bias", at::zeros({out_width}));
}

at::Tensor AdaptableDenseImpl::forward(const at::Tensor& x) const {
  const at::Tensor product = linear_product(x, weight, bias);
  if (!has_adapter()) return product;
  return product + scale_ * linear_product(linear_product(x, adapter_down, {}), adapter_up, {});
}

void AdaptableDenseImpl::add_adapter(int64_t rank, double scale, RandomStream& stream) {
  const int64_t most = std::min(weight.size(0), weight.size(1));
  if (rank < 1 || rank > most)
    throw ConfigError("rank: expected 1 to " + std::to_string(most) + ", got " +
                      std::to_string(rank));
  weight.set_requires_grad(false);
  if (bias.defined()) bias.set_requires_grad(false);
  adapter_down = register_parameter("adapter_down", at::zeros({rank, weight.size(1)}));
  adapter_up = register_parameter("adapter_up", at::zeros({weight.size(0), rank}));
  fill_normal(adapter_down, 1 / std::sqrt(static_cast<double>(weight.size(1))), stream);
  scale_ = scale;
}

at::Tensor AdaptableDenseImpl::merged_weight() const {
  if (!has_adapter()) return weight.detach();
  return weight.detach() + scale_ * at::matmul(adapter_up.detach(), adapter_down.detach());
}

}  // namespace limbeck::nlp
