#include "nlp/kernel/panel.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace limbeck::nlp::kernel::detail {
namespace {

#define LIMBECK_DOT_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

using Sum = __m512;
LIMBECK_DOT_TARGET inline Sum zero() { return _mm512_setzero_ps(); }
LIMBECK_DOT_TARGET inline Sum dot(Sum sum, __m512i a, __m512i b) {
  return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
}
LIMBECK_DOT_TARGET inline void store(Sum sum, uint32_t* out) { _mm512_storeu_ps(out, sum); }

#include "nlp/kernel/dot_tile-inl.h"

}  // namespace

ProductKernels avx512_bf16_kernels() {
  if (!__builtin_cpu_supports("avx512bf16")) return {};
  return {&whole_tile, &whole_vector};
}

}  // namespace limbeck::nlp::kernel::detail

#else

namespace limbeck::nlp::kernel::detail {
ProductKernels avx512_bf16_kernels() { return {}; }
}  // namespace limbeck::nlp::kernel::detail

#endif
