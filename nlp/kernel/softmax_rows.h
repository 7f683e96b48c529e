#pragma once

#include <cstdint>

namespace limbeck::nlp::kernel::detail {

/// exp(scale * (score - largest)) of the first `length` scores in place, zeros up to `padded`
/// (a multiple of 16 that is readable); scale > 0. Returns 1 / the sum.
float softmax_row(int64_t length, int64_t padded, float scale, float* scores);

}  // namespace limbeck::nlp::kernel::detail
