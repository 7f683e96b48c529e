#pragma once

#include "nlp/kernel/packed_matrix.h"

namespace limbeck::nlp::kernel {

/// y (N) = W x, or y += W x when `accumulate`, for one vector x (K) on the calling thread, in W's
/// arithmetic. The recurrent product of an LSTM at one sentence: several panels at once hide the
/// latency of the sums.
void gemv(const PackedMatrix& w, const float* x, bool accumulate, float* y);

}  // namespace limbeck::nlp::kernel
