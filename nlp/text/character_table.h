#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "nlp/text/bert_normalizer.h"

namespace limbeck::nlp {

/// What becomes of one character, whatever stands around it.
enum class CharacterKind : uint8_t {
  kWord,       ///< part of a word, as `value`
  kSpace,      ///< ends a word
  kIsolated,   ///< a word of its own, as `value` (punctuation, spaced ideographs)
  kDropped,    ///< leaves nothing, ends nothing
  kSequence,   ///< several of the above: CharacterTable::sequence()
  kContextual  ///< a mark that stays and may have to be sorted: only bert_normalize() knows
};

struct CharacterEntry {
  CharacterKind kind = CharacterKind::kDropped;
  uint8_t length = 0;  ///< kSequence: number of entries
  uint32_t value = 0;  ///< code point after cleaning; kSequence: first entry in the page's list
};

/// bert_normalize() and the splitting into words as a table of characters, filled by blocks of 256
/// on first use. Safe to share between threads.
///
/// Law: entry(c) agrees with bert_normalize() on every text without kContextual characters.
class CharacterTable {
 public:
  explicit CharacterTable(const BertNormalizerOptions& options);
  ~CharacterTable();

  CharacterEntry entry(char32_t c) const { return page(c).entries[c & 0xFF]; }
  /// The `index`-th entry of a kSequence character.
  CharacterEntry sequence(char32_t c, CharacterEntry whole, uint32_t index) const {
    return page(c).sequences[whole.value + index];
  }
  /// The byte that an ASCII word character becomes; 0 for every other byte (and for a kept NUL).
  const std::array<char, 256>& word_bytes() const { return word_bytes_; }

 private:
  struct Page {
    std::array<CharacterEntry, 256> entries;
    std::vector<CharacterEntry> sequences;
  };
  static constexpr size_t kPages = 0x110000 / 256;

  const Page& page(char32_t c) const {
    const Page* found = pages_[c >> 8].load(std::memory_order_acquire);
    return found != nullptr ? *found : fill(c >> 8);
  }
  const Page& fill(uint32_t index) const;
  CharacterEntry compute(char32_t c, std::vector<CharacterEntry>& sequences) const;

  BertNormalizerOptions options_;
  std::array<char, 256> word_bytes_{};
  mutable std::unique_ptr<std::atomic<const Page*>[]> pages_;
  mutable std::mutex filling_;
};

}  // namespace limbeck::nlp
