#include "nlp/text/word_piece_tokenizer.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/text/utf8.h"
#include "tests/nlp/text/small_vocabulary.h"
#include "tests/support/error_message.h"

namespace limbeck::nlp {
namespace {

using test::pieces_of;
using test::small_definition;
using testing::ElementsAre;

TEST(WordPieceTokenizer, CutsTheExampleOfThePaperGreedily) {
  const WordPieceTokenizer tokenizer(small_definition({"un", "##aff", "##able", "##a", "##b"}));
  EXPECT_THAT(pieces_of(tokenizer, "unaffable UNAFFABLE"),
              ElementsAre("un", "##aff", "##able", "un", "##aff", "##able"));
}

TEST(WordPieceTokenizer, OneUnknownPieceMakesTheWholeWordUnknown) {
  const WordPieceTokenizer tokenizer(small_definition({"un", "##aff"}));
  EXPECT_THAT(pieces_of(tokenizer, "unaffx un"), ElementsAre("[UNK]", "un"));
}

TEST(WordPieceTokenizer, AWordOfOneHundredCharactersIsCutAndALongerOneIsUnknown) {
  const WordPieceTokenizer tokenizer(small_definition({"a", "##a", "\u1e9f", "##\u1e9f"}));
  EXPECT_EQ(pieces_of(tokenizer, std::string(100, 'a')).size(), 100u);
  EXPECT_THAT(pieces_of(tokenizer, std::string(101, 'a') + " a"), ElementsAre("[UNK]", "a"));
  std::string wide;  // three bytes a character
  for (int i = 0; i < 100; ++i) wide += "\u1e9f";
  EXPECT_EQ(pieces_of(tokenizer, wide).size(), 100u);
  EXPECT_THAT(pieces_of(tokenizer, wide + "\u1e9f"), ElementsAre("[UNK]"));
}

TEST(WordPieceTokenizer, SpecialTokensInTheTextAreThemselves) {
  const WordPieceTokenizer tokenizer(small_definition({"a", "b", "[", "]", "mask"}));
  EXPECT_THAT(pieces_of(tokenizer, "a[MASK]b [mask] [SEP]"),
              ElementsAre("a", "[MASK]", "b", "[", "mask", "]", "[SEP]"));
}

TEST(WordPieceTokenizer, AnAddedTokenMayTakeWhiteSpaceOrAskForWholeWords) {
  WordPieceDefinition definition = small_definition({"a", "b", "x", "##x", "<t>", "new"});
  definition.added.push_back({.content = "<t>", .id = 9, .lstrip = true, .rstrip = true});
  definition.added.push_back({.content = "x", .id = 7, .single_word = true});
  const WordPieceTokenizer tokenizer(definition);
  const Encoding encoding = tokenizer.encode("a  <t> b xx x", std::nullopt, 64);
  EXPECT_THAT(encoding.ids, ElementsAre(2, 5, 9, 6, 7, 8, 7, 3));
  EXPECT_EQ(encoding.spans[2], (TextSpan{1, 7}));
}

TEST(WordPieceTokenizer, ANormalizedAddedTokenIsFoundInTheCleanedText) {
  WordPieceDefinition definition = small_definition({"a", "cafe"});
  definition.added.push_back({.content = "Caf\u00e9", .id = 6, .normalized = true});
  const WordPieceTokenizer tokenizer(definition);
  const Encoding encoding = tokenizer.encode("aCAF\u00c9a", std::nullopt, 64);
  EXPECT_THAT(encoding.ids, ElementsAre(2, 5, 6, 5, 3));
  EXPECT_EQ(encoding.spans[2], (TextSpan{1, 6}));
  EXPECT_THAT(pieces_of(tokenizer, "aCAF\u00c9a"), ElementsAre("a", "cafe", "a"));
}

TEST(WordPieceTokenizer, APairLosesTokensFromItsLongerTextFirst) {
  const WordPieceTokenizer tokenizer(small_definition({"a", "b"}));
  const auto ids = [&](std::string_view text, std::string_view pair, int32_t max_length) {
    return tokenizer.encode(text, pair, max_length).ids;
  };
  EXPECT_THAT(ids("a a a a", "b", 6), ElementsAre(2, 5, 5, 3, 6, 3));
  EXPECT_THAT(ids("a", "b b b b", 6), ElementsAre(2, 5, 3, 6, 6, 3));
  EXPECT_THAT(ids("a a a", "b b b", 6), ElementsAre(2, 5, 3, 6, 6, 3));
  EXPECT_THAT(ids("a a a a", "b b b", 6), ElementsAre(2, 5, 5, 3, 6, 3));
  EXPECT_THAT(ids("a a", "b", 3), ElementsAre(2, 3, 3));
  const Encoding encoding = tokenizer.encode("a", "b", 64);
  EXPECT_THAT(encoding.type_ids, ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(encoding.special_mask, ElementsAre(1, 0, 1, 0, 1));
}

TEST(WordPieceTokenizer, LeftTruncationKeepsTheEnd) {
  WordPieceDefinition definition = small_definition({"a", "b"});
  definition.truncates_left = true;
  const WordPieceTokenizer tokenizer(definition);
  std::vector<int32_t> ids;
  tokenizer.append_ids("a a b", std::nullopt, 4, ids);
  EXPECT_THAT(ids, ElementsAre(2, 5, 6, 3));
  EXPECT_EQ(tokenizer.encode("a a b", std::nullopt, 4).ids, ids);
}

TEST(WordPieceTokenizer, NoRoomForTheSpecialTokensIsAnError) {
  const WordPieceTokenizer tokenizer(small_definition({"a"}));
  EXPECT_EQ(test::error_message<ConfigError>([&] { tokenizer.encode("a", "a", 2); }),
            "encode: max_length must be at least the 3 special tokens, got 2");
}

TEST(WordPieceTokenizer, DecodeJoinsPiecesAndLeavesSpecialTokensOut) {
  const WordPieceTokenizer tokenizer(small_definition({"un", "##able", ".", "n't", "do"}));
  EXPECT_EQ(tokenizer.decode({2, 5, 6, 9, 8, 7, 3, 0, -1, 999}), "unable don't.");
  EXPECT_EQ(test::error_message<ConfigError>([&] { tokenizer.token(10); }),
            "token: expected an id from 0 to 9, got 10");
}

TEST(WordPieceTokenizer, BytesThatAreNotUtf8AreDropped) {
  const WordPieceTokenizer tokenizer(small_definition({"ab", "a"}));
  EXPECT_THAT(pieces_of(tokenizer,
                        "a\xFF\xE2\x82"
                        "b a\xC0"),
              ElementsAre("ab", "a"));
}

/// A text of random scalar values, weighted to ASCII, marks and spaces; sometimes broken bytes.
std::string random_text(RandomStream& random) {
  std::string text;
  for (uint64_t left = random.below(24); left > 0; --left) {
    switch (random.below(6)) {
      case 0:
        text += ' ';
        break;
      case 1:
        append_utf8(static_cast<char32_t>(0x300 + random.below(0x70)), text);
        break;
      case 2:
        append_utf8(static_cast<char32_t>(random.below(0xD800)), text);
        break;
      case 3:
        append_utf8(static_cast<char32_t>(0xE000 + random.below(0x102000)), text);
        break;
      case 4:
        text += static_cast<char>(random.below(256));
        break;
      default:
        text += static_cast<char>('a' + random.below(26));
    }
  }
  return text;
}

std::vector<std::string> letters_as_pieces() {
  std::vector<std::string> pieces;
  for (char32_t c = 0x21; c < 0x3000; ++c) {
    std::string letter;
    append_utf8(c, letter);
    pieces.push_back(letter);
    pieces.push_back("##" + letter);
  }
  return pieces;
}

TEST(WordPieceTokenizer, TheTableAndTheCharacterPathAgreeOnRandomTextInEverySetting) {
  for (int setting = 0; setting < 24; ++setting) {
    WordPieceDefinition definition = small_definition(letters_as_pieces());
    definition.normalizer = {setting % 2 == 0, setting / 2 % 2 == 0, std::nullopt,
                             setting / 4 % 2 == 0};
    if (setting >= 8) definition.normalizer.strip_accents = setting >= 16;
    const WordPieceTokenizer tokenizer(std::move(definition));
    RandomStream random(static_cast<uint64_t>(setting), "text");
    for (int i = 0; i < 1500; ++i) {
      const std::string text = random_text(random);
      std::vector<int32_t> ids;
      tokenizer.append_ids(text, std::nullopt, 1000, ids);
      const Encoding encoding = tokenizer.encode(text, std::nullopt, 1000);
      ASSERT_EQ(ids, encoding.ids) << "setting " << setting << ": " << text;
    }
  }
}

TEST(WordPieceTokenizer, SpansStandOnCharactersAndDoNotDecrease) {
  const WordPieceTokenizer tokenizer(small_definition(letters_as_pieces()));
  RandomStream random(1, "spans");
  for (int i = 0; i < 5000; ++i) {
    const std::string text = random_text(random);
    const Encoding encoding = tokenizer.encode(text, std::nullopt, 1000);
    TextSpan before{0, 0};
    for (size_t token = 1; token + 1 < encoding.spans.size(); ++token) {
      const TextSpan span = encoding.spans[token];
      ASSERT_LE(before.begin, span.begin) << text;
      ASSERT_LE(before.end, span.end) << text;
      ASSERT_LT(span.begin, span.end) << text;
      ASSERT_LE(static_cast<size_t>(span.end), text.size());
      const std::string_view covered = std::string_view(text).substr(
          static_cast<size_t>(span.begin), static_cast<size_t>(span.end - span.begin));
      if (first_invalid_utf8(text) == std::string_view::npos) {
        ASSERT_EQ(first_invalid_utf8(covered), std::string_view::npos) << text;
      }
      before = span;
    }
  }
}

TEST(WordPieceTokenizer, ALineOfOneMegabyteTakesTimeInProportion) {
  const WordPieceTokenizer tokenizer(small_definition({"a", "##a", "##b"}));
  const auto seconds = [&](const std::string& text) {
    std::vector<int32_t> ids;
    const auto start = std::chrono::steady_clock::now();
    tokenizer.append_ids(text, std::nullopt, 512, ids);
    tokenizer.encode(text, std::nullopt, 512);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::string marks = "a";
  while (marks.size() < (1u << 20)) marks += "\u0316\u0301\u302e";
  for (const std::string& text : {std::string(1 << 20, 'a'), std::string(1 << 20, '['), marks}) {
    // Quadratic work would be some 10^11 steps, minutes; the bound leaves room for slow sanitizers.
    EXPECT_LT(seconds(text), 20.0);
  }
  EXPECT_THAT(pieces_of(tokenizer, std::string(1 << 20, 'a') + " a"), ElementsAre("[UNK]", "a"));
}

TEST(WordPieceTokenizer, ThreadsThatShareItGetTheSameIds) {
  const WordPieceTokenizer tokenizer(small_definition(letters_as_pieces()));
  std::vector<std::vector<int32_t>> ids(4);
  std::vector<std::thread> threads;
  for (std::vector<int32_t>& own : ids) {
    threads.emplace_back([&tokenizer, &own] {
      RandomStream random(3, "threads");
      for (int i = 0; i < 500; ++i)
        tokenizer.append_ids(random_text(random), std::nullopt, 99, own);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<int32_t>& own : ids) EXPECT_EQ(own, ids[0]);
}

}  // namespace
}  // namespace limbeck::nlp
