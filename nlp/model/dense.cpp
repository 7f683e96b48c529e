#include "nlp/model/dense.h"

#include <ATen/ATen.h>

#include "nlp/model/linear_product.h"

namespace limbeck::nlp {

DenseImpl::DenseImpl(int64_t in_width, int64_t out_width, bool has_bias)
    : weight(register_parameter("weight", at::zeros({out_width, in_width}))) {
  if (has_bias) bias = register_parameter("bias", at::zeros({out_width}));
}

at::Tensor DenseImpl::forward(const at::Tensor& x) const { return linear_product(x, weight, bias); }

}  // namespace limbeck::nlp
