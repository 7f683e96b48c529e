#include "nlp/text/word_boundaries.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "nlp/text/phrase_matcher.h"

namespace limbeck::nlp {
namespace {

/// The text with a bar at every boundary inside.
std::string cut(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool is_first_byte = (text[at] & 0xC0) != 0x80;
    if (at > 0 && is_first_byte && is_word_boundary(text, at)) out += '|';
    out += text[at];
  }
  return out;
}

TEST(WordBoundary, StandsAroundRunsOfWordCharacters) {
  EXPECT_EQ(cut("Iran's oil"), "Iran|'|s| |oil");
  EXPECT_EQ(cut("co-op 42x a_b"), "co|-|op| |42x| |a_b");
  EXPECT_EQ(cut("Español"), "Español");
  EXPECT_EQ(cut("Jose\u0301"), "Jose\u0301");  // a mark belongs to its letter
  EXPECT_EQ(cut("русский язык"), "русский| |язык");
}

TEST(WordBoundary, IsOfTheDictionaryWhereAScriptHasNoSpaces) {
  EXPECT_EQ(cut("他住在中国"), "他|住在|中国");
  EXPECT_EQ(cut("ฉันรักประเทศไทย"), "ฉัน|รัก|ประเทศไทย");
  EXPECT_EQ(cut("NASA在"), "NASA|在");
}

TEST(WordBoundary, ReadsBytesThatAreNoUtf8) {
  for (const std::string& text : std::vector<std::string>{"\xff\xfe", "a\xc3", "\xe4\xb8", "\x80z"})
    for (size_t at = 0; at <= text.size() + 1; ++at) is_word_boundary(text, at);
}

TEST(Phrases, StandBetweenBoundaries) {
  EXPECT_EQ(PhraseMatcher::count("Iran, Iran's and Iranian; Iran", "Iran"), 3);
  EXPECT_EQ(PhraseMatcher::count("我在中国学习中国历史", "中国"), 2);
  EXPECT_EQ(PhraseMatcher::find("Jose\u0301 and Jose", "Jose", 0), 11u);
  EXPECT_TRUE(PhraseMatcher({"flight attendant"}).contains("a flight attendant."));
  EXPECT_FALSE(PhraseMatcher({"", "actor"}).contains("the factory actors"));
}

}  // namespace
}  // namespace limbeck::nlp
