#include "fairness/regularize/cosine_distance.h"

#include <ATen/ATen.h>

#include <sstream>

#include "nlp/core/errors.h"

namespace limbeck::fairness {

at::Tensor cosine_distance(const at::Tensor& a, const at::Tensor& b) {
  if (a.dim() != 2 || a.sizes() != b.sizes() || a.size(0) == 0) {
    std::ostringstream message;
    message << "cosine_distance: expected two (B, W) with rows, got " << a.sizes() << " and "
            << b.sizes();
    throw ShapeError(message.str());
  }
  const at::Tensor difference = a / a.norm(2, {1}, true) - b / b.norm(2, {1}, true);
  return difference.square().sum(1).mean() / 2;
}

}  // namespace limbeck::fairness
