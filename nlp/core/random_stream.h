#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace limbeck {

/// A named stream of random numbers: a pure function of (seed, name, position), so neither the
/// number of threads nor the other streams can change it. Generator: Philox4x32-10.
///
/// Source: Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
/// sec. 3.3.
class RandomStream {
 public:
  RandomStream(uint64_t seed, std::string_view name);

  uint32_t next_u32();
  uint64_t next_u64();
  /// Uniform in [0, 1) with 53 random bits.
  double uniform();
  /// Standard normal (Box-Muller; uses two uniforms a call, keeps none back).
  double normal();
  /// Uniform in [0, bound), without modulo bias. bound > 0.
  uint64_t below(uint64_t bound);
  /// A uniformly random order of 0 .. count-1 (Fisher-Yates).
  std::vector<int64_t> permutation(int64_t count);

  /// 32-bit words drawn so far; `seek(position())` on an equal stream continues it exactly.
  uint64_t position() const { return position_; }
  void seek(uint64_t position) { position_ = position; }

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 2> stream_;
  uint64_t position_ = 0;
  uint64_t block_index_ = ~uint64_t{0};
  std::array<uint32_t, 4> block_{};
};

/// 64-bit FNV-1a of a text: names to numbers, for streams and cache keys that need no secrecy.
uint64_t fnv1a64(std::string_view text);

}  // namespace limbeck
