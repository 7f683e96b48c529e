#include "distill/loss/cosine.h"

#include <torch/torch.h>

namespace limbeck::distill {

at::Tensor cosine_loss(const at::Tensor& student, const at::Tensor& target) {
  return 0.5 * (1.0 - torch::cosine_similarity(student, target, /*dim=*/-1)).mean();
}

}  // namespace limbeck::distill
