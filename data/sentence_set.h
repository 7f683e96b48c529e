#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace limbeck::data {

/// What of a sentence survives case, tokenisation and encoding: its ASCII letters (lower-cased) and
/// digits. The bracket tokens -LRB- and -RRB- count as brackets, so `It's (good).` and `it 's -lrb-
/// good -rrb- .` are equal. A sentence with fewer of these characters than others is its own key.
std::string sentence_key(std::string_view sentence);

/// Sentences told apart by sentence_key(), for removing duplicates. Keeps 64-bit hashes: at 10
/// million sentences, the chance that any two keys collide is 3e-6.
class SentenceSet {
 public:
  /// False when it was there already.
  bool insert(std::string_view sentence);
  bool contains(std::string_view sentence) const;
  size_t size() const { return hashes_.size(); }

 private:
  std::unordered_set<uint64_t> hashes_;
};

}  // namespace limbeck::data
