#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::nlp {

/// Longest-prefix matching of vocabulary entries: a double-array trie over bytes.
///
/// Source: Aoe 1989, "An efficient digital search algorithm by using a double-array structure";
/// differs: built once from the sorted entries, child c of s stands at base(s) + c.
class WordPieceTrie {
 public:
  using State = uint32_t;
  static constexpr State kRoot = 0;
  static constexpr State kNone = ~State{0};

  /// Entry i has the id i; of equal entries the last wins. Empty entries and those over `max_bytes`
  /// are left out (they can match nothing).
  WordPieceTrie(const std::vector<std::string>& entries, size_t max_bytes);

  /// The state after one more byte, or kNone.
  State next(State state, unsigned char byte) const {
    const uint32_t target = units_[state].base + byte;
    return units_[target].parent == state ? target : kNone;
  }
  /// The state after all bytes of `text`, or kNone.
  State walk(State state, std::string_view text) const;
  /// The id of the entry that ends here, or -1.
  int32_t id(State state) const { return units_[state].id; }

 private:
  struct Unit {
    uint32_t base = 0;
    State parent = kNone;
    int32_t id = -1;
  };
  std::vector<Unit> units_;  // 256 free units follow the last used one, so next() stays inside
  friend class TrieBuilder;
};

}  // namespace limbeck::nlp
