#pragma once

#include <ATen/core/Tensor.h>

namespace limbeck::verify {

/// x kept within [least, most]. Unlike clamp it has a gradient where x is exactly at an end: what
/// starts there, as the slope of a line does, can be learnt.
at::Tensor clamped(const at::Tensor& x, double least, double most);

}  // namespace limbeck::verify
