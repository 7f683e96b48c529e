#include "nlp/text/word_piece_trie.h"

#include <algorithm>
#include <deque>

namespace limbeck::nlp {

/// Places the nodes breadth first, each node's children at the first free spot that fits them all.
class TrieBuilder {
 public:
  TrieBuilder(std::vector<WordPieceTrie::Unit>& units, const std::vector<std::string>& entries,
              std::vector<int32_t> order)
      : units_(units), entries_(entries), order_(std::move(order)) {}

  void build() {
    grow(1);
    units_[0].parent = 0;
    queue_.push_back({WordPieceTrie::kRoot, 0, order_.size(), 0});
    while (!queue_.empty()) {
      const Node node = queue_.front();
      queue_.pop_front();
      place(node);
    }
    units_[0].parent = WordPieceTrie::kNone;  // no edge leads to the root
  }

 private:
  struct Node {
    WordPieceTrie::State state;
    size_t begin, end;  // its entries in order_
    size_t depth;
  };

  const std::string& entry(size_t index) const {
    return entries_[static_cast<size_t>(order_[index])];
  }

  void place(Node node) {
    while (node.begin < node.end && entry(node.begin).size() == node.depth)
      units_[node.state].id = order_[node.begin++];
    if (node.begin == node.end) return;
    collect_children(node);
    const uint32_t base = find_base();
    units_[node.state].base = base;
    for (size_t i = 0; i < bytes_.size(); ++i) {
      const uint32_t child = base + bytes_[i];
      units_[child].parent = node.state;
      queue_.push_back({child, starts_[i], starts_[i + 1], node.depth + 1});
    }
  }

  void collect_children(const Node& node) {
    bytes_.clear();
    starts_.clear();
    for (size_t i = node.begin; i < node.end; ++i) {
      const auto byte = static_cast<unsigned char>(entry(i)[node.depth]);
      if (!bytes_.empty() && bytes_.back() == byte) continue;
      bytes_.push_back(byte);
      starts_.push_back(i);
    }
    starts_.push_back(node.end);
  }

  bool is_free(uint32_t index) const { return units_[index].parent == WordPieceTrie::kNone; }

  /// First base >= 1 whose child places are all free. The search start moves on where it found few
  /// free places, so building stays near linear.
  uint32_t find_base() {
    uint32_t tried = 0;
    uint32_t first = std::max<uint32_t>(search_from_, bytes_.front() + 1u);
    for (uint32_t place = first;; ++place) {
      grow(place + 257);
      if (!is_free(place)) continue;
      const uint32_t base = place - bytes_.front();
      const bool fits = std::all_of(bytes_.begin(), bytes_.end(),
                                    [&](unsigned char byte) { return is_free(base + byte); });
      if (fits) {
        if (bytes_.size() == 1 && place > search_from_) search_from_ = place;
        return base;
      }
      if (++tried == kMaxTried) search_from_ = std::max(search_from_, place);
    }
  }

  void grow(size_t size) {
    if (units_.size() < size) units_.resize(std::max(size, units_.size() + units_.size() / 2));
  }

  static constexpr uint32_t kMaxTried = 64;
  std::vector<WordPieceTrie::Unit>& units_;
  const std::vector<std::string>& entries_;
  std::vector<int32_t> order_;
  std::deque<Node> queue_;
  std::vector<unsigned char> bytes_;
  std::vector<size_t> starts_;
  uint32_t search_from_ = 1;
};

WordPieceTrie::WordPieceTrie(const std::vector<std::string>& entries, size_t max_bytes) {
  std::vector<int32_t> order;
  for (size_t i = 0; i < entries.size(); ++i)
    if (!entries[i].empty() && entries[i].size() <= max_bytes)
      order.push_back(static_cast<int32_t>(i));
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return entries[static_cast<size_t>(a)] < entries[static_cast<size_t>(b)];
  });
  TrieBuilder(units_, entries, std::move(order)).build();
  size_t used = units_.size();
  while (used > 1 && units_[used - 1].parent == kNone) --used;
  units_.resize(used + 256);
  units_.shrink_to_fit();
}

WordPieceTrie::State WordPieceTrie::walk(State state, std::string_view text) const {
  for (const char byte : text) {
    if (state == kNone) break;
    state = next(state, static_cast<unsigned char>(byte));
  }
  return state;
}

}  // namespace limbeck::nlp
