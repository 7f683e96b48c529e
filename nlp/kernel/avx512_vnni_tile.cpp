#include "nlp/kernel/panel.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace limbeck::nlp::kernel::detail {
namespace {

#define LIMBECK_DOT_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

using Sum = __m512i;
LIMBECK_DOT_TARGET inline Sum zero() { return _mm512_setzero_si512(); }
LIMBECK_DOT_TARGET inline Sum dot(Sum sum, __m512i a, __m512i b) {
  return _mm512_dpbusd_epi32(sum, a, b);
}
LIMBECK_DOT_TARGET inline void store(Sum sum, uint32_t* out) { _mm512_storeu_si512(out, sum); }

#include "nlp/kernel/dot_tile-inl.h"

}  // namespace

ProductKernels avx512_vnni_kernels() {
  if (!__builtin_cpu_supports("avx512vnni")) return {};
  return {&whole_tile, &whole_vector};
}

}  // namespace limbeck::nlp::kernel::detail

#else

namespace limbeck::nlp::kernel::detail {
ProductKernels avx512_vnni_kernels() { return {}; }
}  // namespace limbeck::nlp::kernel::detail

#endif
