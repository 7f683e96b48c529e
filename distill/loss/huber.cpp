#include "distill/loss/huber.h"

#include <ATen/ATen.h>

#include <cmath>

namespace limbeck::distill {

at::Tensor huber_loss(const at::Tensor& student, const at::Tensor& target) {
  const double unit = 1.0 / std::sqrt(static_cast<double>(target.size(-1)));
  const at::Tensor elementwise = at::huber_loss(student, target, at::Reduction::None, unit);
  return 2.0 * elementwise.sum(-1).mean();
}

}  // namespace limbeck::distill
