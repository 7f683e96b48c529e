#include "nlp/model/initialization.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace limbeck::nlp {
namespace {

template <class Draw>
void fill(const at::Tensor& parameter, const Draw& draw) {
  const at::NoGradGuard no_grad;
  at::Tensor values = at::empty(parameter.sizes(), at::kDouble);
  double* out = values.mutable_data_ptr<double>();
  for (int64_t i = 0; i < values.numel(); ++i) out[i] = draw();
  parameter.detach().copy_(values);
}

}  // namespace

void fill_uniform(const at::Tensor& parameter, double bound, RandomStream& stream) {
  fill(parameter, [&] { return bound * (2.0 * stream.uniform() - 1.0); });
}

void fill_normal(const at::Tensor& parameter, double deviation, RandomStream& stream) {
  fill(parameter, [&] { return deviation * stream.normal(); });
}

}  // namespace limbeck::nlp
