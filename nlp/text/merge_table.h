#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace limbeck::nlp {

/// What two neighbouring tokens become.
struct Merge {
  int32_t rank = -1;  ///< -1: they stay two
  int32_t id = -1;
};

/// Pairs of token ids to merges: an open-addressed table, read-only once built.
class MergeTable {
 public:
  explicit MergeTable(size_t merges);
  /// The first merge of a pair wins.
  void insert(int32_t left, int32_t right, Merge merge);
  Merge find(int32_t left, int32_t right) const {
    const uint64_t key = key_of(left, right);
    for (size_t at = slot(key);; at = (at + 1) & mask_) {
      if (keys_[at] == key) return merges_[at];
      if (keys_[at] == kEmpty) return {};
    }
  }

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  static uint64_t key_of(int32_t left, int32_t right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  size_t slot(uint64_t key) const {
    return static_cast<size_t>(key * 0x9E3779B97F4A7C15u >> 20) & mask_;
  }

  size_t mask_;
  std::vector<uint64_t> keys_;
  std::vector<Merge> merges_;
};

/// Merges the ids of one word in place until no pair has a merge: always the pair of lowest rank,
/// of equal ones the leftmost.
///
/// Source: Sennrich et al. 2016, sec. 3.2. O(n^2) for short words, O(n log n) for long ones.
void merge_word(const MergeTable& table, std::vector<int32_t>& ids);

}  // namespace limbeck::nlp
