#include "distill/loss/cosine.h"

#include <ATen/ATen.h>

namespace limbeck::distill {
namespace {

/// Below this length LibTorch divides by it instead, and the gradient would be 1 / kShortest.
constexpr double kShortest = 1e-8;

}  // namespace

at::Tensor cosine_loss(const at::Tensor& student, const at::Tensor& target) {
  const at::Tensor is_zero = student.detach().norm(2, /*dim=*/-1) < kShortest;
  const at::Tensor cosine = at::cosine_similarity(student, target, /*dim=*/-1, kShortest);
  return 0.5 * (1.0 - cosine.masked_fill(is_zero, 0.0)).mean();
}

}  // namespace limbeck::distill
