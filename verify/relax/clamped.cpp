#include "verify/relax/clamped.h"

#include <ATen/ATen.h>

namespace limbeck::verify {

at::Tensor clamped(const at::Tensor& x, double least, double most) {
  return at::minimum(at::maximum(x, at::full({}, least, x.options().requires_grad(false))),
                     at::full({}, most, x.options().requires_grad(false)));
}

}  // namespace limbeck::verify
