#pragma once

// Included before <hwy/foreach_target.h> by every file that is compiled once an instruction set.
// AVX3_DL adds nothing to float32 code; Highway's SVE vectors cannot stand in arrays. Kernels for
// VNNI and AVX512_BF16 have files of their own.
#define HWY_DISABLED_TARGETS \
  (HWY_AVX3_DL | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)

namespace limbeck::nlp::kernel::detail {

/// Makes Highway look at the CPU, so that a dispatch table gives the address of the final function.
void detect_targets();

/// Whether AVX-512 is chosen. Kernels of its extensions are used only then, so that tests can ask
/// for a lesser CPU. (Asking the CPU at each call would be slow: a virtual machine traps CPUID for
/// about 20 microseconds.) Call detect_targets() before.
bool may_use_avx512();

}  // namespace limbeck::nlp::kernel::detail
