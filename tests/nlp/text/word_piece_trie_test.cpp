#include "nlp/text/word_piece_trie.h"

#include <gtest/gtest.h>

#include <map>

#include "nlp/core/random_stream.h"

namespace limbeck::nlp {
namespace {

int32_t lookup(const WordPieceTrie& trie, std::string_view text) {
  const WordPieceTrie::State state = trie.walk(WordPieceTrie::kRoot, text);
  return state == WordPieceTrie::kNone ? -1 : trie.id(state);
}

TEST(WordPieceTrie, FindsExactlyItsEntriesWhateverTheirBytes) {
  RandomStream random(5, "trie");
  std::vector<std::string> entries;
  std::map<std::string, int32_t> last;
  const auto random_entry = [&] {
    std::string entry;
    const uint64_t range = random.below(2) == 0 ? 3 : 256;
    for (uint64_t left = random.below(7); left > 0; --left)
      entry += static_cast<char>(random.below(range));
    return entry;
  };
  for (int32_t i = 0; i < 20000; ++i) {
    entries.push_back(random_entry());
    last[entries.back()] = i;
  }
  const WordPieceTrie trie(entries, 100);
  last.erase("");
  for (const auto& [entry, id] : last) ASSERT_EQ(lookup(trie, entry), id);
  for (int i = 0; i < 20000; ++i) {
    const std::string entry = random_entry();
    const auto known = last.find(entry);
    ASSERT_EQ(lookup(trie, entry), known == last.end() ? -1 : known->second);
  }
}

TEST(WordPieceTrie, LeavesOutEntriesThatAreTooLong) {
  const WordPieceTrie trie({"abc", "abcd"}, 3);
  EXPECT_EQ(lookup(trie, "abc"), 0);
  EXPECT_EQ(lookup(trie, "abcd"), -1);
  EXPECT_EQ(lookup(WordPieceTrie({}, 3), "a"), -1);
}

}  // namespace
}  // namespace limbeck::nlp
