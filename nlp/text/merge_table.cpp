#include "nlp/text/merge_table.h"

#include <algorithm>
#include <bit>
#include <queue>

namespace limbeck::nlp {
namespace {

constexpr size_t kShortWord = 48;

void merge_short(const MergeTable& table, std::vector<int32_t>& ids) {
  Merge pair[kShortWord];
  size_t count = ids.size();
  for (size_t i = 0; i + 1 < count; ++i) pair[i] = table.find(ids[i], ids[i + 1]);
  for (;;) {
    size_t best = count;
    for (size_t i = 0; i + 1 < count; ++i)
      if (pair[i].rank >= 0 && (best == count || pair[i].rank < pair[best].rank)) best = i;
    if (best == count) break;
    ids[best] = pair[best].id;
    --count;
    std::copy(ids.begin() + static_cast<int64_t>(best) + 2,
              ids.begin() + static_cast<int64_t>(count) + 1,
              ids.begin() + static_cast<int64_t>(best) + 1);
    for (size_t i = best + 1; i + 1 < count; ++i) pair[i] = pair[i + 1];
    if (best + 1 < count) pair[best] = table.find(ids[best], ids[best + 1]);
    if (best > 0) pair[best - 1] = table.find(ids[best - 1], ids[best]);
  }
  ids.resize(count);
}

/// A pair that may merge; stale when one of its sides has changed since.
struct Candidate {
  int32_t rank;
  int32_t left;  ///< index of its left side
  int32_t left_id, right_id, id;
  bool operator>(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : left > other.left;
  }
};

/// The word as a doubly linked list over its first positions.
class LongWord {
 public:
  LongWord(const MergeTable& table, std::vector<int32_t>& ids) : table_(table), ids_(ids) {
    const auto count = static_cast<int32_t>(ids.size());
    for (int32_t i = 0; i < count; ++i) {
      before_.push_back(i - 1);
      after_.push_back(i + 1 < count ? i + 1 : -1);
    }
    for (int32_t i = 0; i < count; ++i) push(i);
  }

  void merge() {
    while (!open_.empty()) {
      const Candidate top = open_.top();
      open_.pop();
      const int32_t right = after_[at(top.left)];
      if (ids_[at(top.left)] != top.left_id || right < 0 || ids_[at(right)] != top.right_id)
        continue;
      ids_[at(top.left)] = top.id;
      ids_[at(right)] = -1;
      after_[at(top.left)] = after_[at(right)];
      if (after_[at(right)] >= 0) before_[at(after_[at(right)])] = top.left;
      push(before_[at(top.left)]);
      push(top.left);
    }
    std::erase(ids_, -1);
  }

 private:
  static size_t at(int32_t i) { return static_cast<size_t>(i); }
  void push(int32_t left) {
    if (left < 0 || after_[at(left)] < 0) return;
    const int32_t a = ids_[at(left)], b = ids_[at(after_[at(left)])];
    const Merge merge = table_.find(a, b);
    if (merge.rank >= 0) open_.push({merge.rank, left, a, b, merge.id});
  }

  const MergeTable& table_;
  std::vector<int32_t>& ids_;
  std::vector<int32_t> before_, after_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> open_;
};

}  // namespace

MergeTable::MergeTable(size_t merges)
    : mask_(std::bit_ceil(std::max<size_t>(8, 2 * merges)) - 1),
      keys_(mask_ + 1, kEmpty),
      merges_(mask_ + 1) {}

void MergeTable::insert(int32_t left, int32_t right, Merge merge) {
  const uint64_t key = key_of(left, right);
  size_t at = slot(key);
  while (keys_[at] != kEmpty) {
    if (keys_[at] == key) return;
    at = (at + 1) & mask_;
  }
  keys_[at] = key;
  merges_[at] = merge;
}

void merge_word(const MergeTable& table, std::vector<int32_t>& ids) {
  if (ids.size() <= kShortWord)
    merge_short(table, ids);
  else
    LongWord(table, ids).merge();
}

}  // namespace limbeck::nlp
