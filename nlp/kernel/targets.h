#pragma once

// Included before <hwy/foreach_target.h> by every file that is compiled once an instruction set.
// AVX3_DL adds nothing to float32 code; Highway's SVE vectors cannot stand in arrays. Kernels for
// VNNI and AVX512_BF16 have files of their own.
#define HWY_DISABLED_TARGETS \
  (HWY_AVX3_DL | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)

namespace limbeck::nlp::kernel::detail {

/// Makes Highway look at the CPU, so that a dispatch table gives the address of the final function.
void detect_targets();

}  // namespace limbeck::nlp::kernel::detail
