#pragma once

#include <cstdint>

/// Kernels of BlockMatrix. A panel holds 32 columns, block by block: 32 scales and 32 minima
/// (binary16), then the codes in 32-bit units [unit][column]. Unit u holds the inputs 4u .. 4u + 3
/// of the block, a byte each (8 units); with 4 bits, unit u of 4 holds those of unit u in the low
/// and those of unit u + 4 in the high halves of its bytes.
namespace limbeck::nlp::kernel::detail {

constexpr int kBlockUnits = 8;   ///< of the left operand, and of 8-bit codes
constexpr int kScaleUnits = 32;  ///< scales and minima of a block and panel

/// 32-bit units of one block of a panel.
constexpr int64_t block_panel_units(int bits) { return kScaleUnits + 32 * (bits == 4 ? 4 : 8); }

/// Rows of the left operand, quantised: at most 14, interleaved.
struct BlockRows {
  int rows = 0;
  const uint32_t* units = nullptr;  ///< [block][8][row], signed bytes
  const float* scales = nullptr;    ///< [block][row]
  const float* sums = nullptr;      ///< [block][row]: scale times the sum of the bytes
};

/// tile[r * 32 + c] = sum over blocks of scale_r (scale_c sum codes_c bytes_r) + minimum_c sums_r.
using BlockTileKernel = void (*)(const BlockRows& left, int64_t blocks, const uint32_t* panel,
                                 float* tile);

/// The kernel of the best instruction set of this CPU for codes of `bits` (4 or 8). `native` false:
/// without VNNI (for tests).
BlockTileKernel block_tile_kernel(int bits, bool native = true);
/// nullptr where the compiler or the CPU has no such instructions.
BlockTileKernel avx512_vnni_block_tile_kernel(int bits);

/// Quantises `blocks` blocks of 32 values: bytes = round(value / scale) with scale = max |value| /
/// 127; sums = scale times the sum of the block's bytes.
void quantise_blocks(const float* values, int64_t blocks, int8_t* bytes, float* scales,
                     float* sums);

}  // namespace limbeck::nlp::kernel::detail
