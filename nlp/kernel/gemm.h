#pragma once

#include <cstdint>
#include <memory>
#include <span>

/// Matrix products of the library's own hot paths; the instruction set is chosen at run time
/// (Highway), the number of threads is core's thread_count(), and results do not depend on it.
namespace limbeck::nlp::kernel {

/// C (M, N) = alpha * op(A) * op(B) + beta * C in float32, row-major, leading dimensions in
/// elements. op(A) is (M, K), op(B) is (K, N); `transpose_a` means that A is stored as (K, M).
void sgemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
           const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
           int64_t ldc);

}  // namespace limbeck::nlp::kernel
