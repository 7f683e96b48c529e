#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "nlp/core/random_stream.h"

/// First values of parameters, from named streams: a pure function of (seed, name). Any float dtype
/// and device.
namespace limbeck::nlp {

/// Uniform in [-bound, bound).
void fill_uniform(const at::Tensor& parameter, double bound, RandomStream& stream);
/// Normal with mean 0.
void fill_normal(const at::Tensor& parameter, double deviation, RandomStream& stream);

}  // namespace limbeck::nlp
