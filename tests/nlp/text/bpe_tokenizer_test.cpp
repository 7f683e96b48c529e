#include "nlp/text/bpe_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/text/byte_alphabet.h"
#include "nlp/text/lossy_utf8.h"
#include "tests/support/error_message.h"

namespace limbeck::nlp {
namespace {

using limbeck::test::error_message;
using testing::ElementsAre;

constexpr int32_t kAll = std::numeric_limits<int32_t>::max();

/// All bytes (id = byte), then "ab", "abc", "<end>".
BpeDefinition small_definition() {
  BpeDefinition definition;
  for (int byte = 0; byte < 256; ++byte)
    definition.tokens.push_back(characters_of_bytes(std::string(1, static_cast<char>(byte))));
  for (const char* token : {"ab", "abc", "<end>"}) definition.tokens.emplace_back(token);
  definition.merges = {{"a", "b"}, {"ab", "c"}};
  AddedToken end;
  end.content = "<end>";
  end.id = 258;
  end.is_special = true;
  definition.added = {end};
  return definition;
}

std::vector<int32_t> ids_of(const BpeTokenizer& tokenizer, std::string_view text) {
  std::vector<int32_t> ids;
  tokenizer.append_ids(text, std::nullopt, kAll, ids);
  return ids;
}

TEST(BpeTokenizer, MergesByRankAndFindsSpecialTokens) {
  const BpeTokenizer tokenizer(small_definition());
  EXPECT_THAT(ids_of(tokenizer, "abcab<end>c"), ElementsAre(257, 256, 258, 'c'));
  EXPECT_EQ(tokenizer.decode({257, 258, 'c'}), "abcc");
  EXPECT_EQ(tokenizer.token(257), "abc");
  EXPECT_TRUE(tokenizer.is_special(258));
}

TEST(BpeTokenizer, AnyWellFormedTextComesBack) {
  const BpeTokenizer tokenizer(small_definition());
  RandomStream random(1, "test");
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    for (uint64_t i = 0, n = random.below(60); i < n; ++i)
      bytes.push_back(static_cast<char>(random.below(256)));
    const std::string text = lossy_utf8(bytes);
    EXPECT_EQ(tokenizer.decode(ids_of(tokenizer, text)), text);
  }
}

TEST(BpeTokenizer, ALongWordMergesAsAShortOne) {
  // A long word takes another algorithm (a heap): the same merges, leftmost first.
  const BpeTokenizer tokenizer(small_definition());
  std::string text;
  std::vector<int32_t> expected;
  for (int i = 0; i < 500; ++i) {
    text += "abcb";
    expected.insert(expected.end(), {257, 'b'});
  }
  EXPECT_EQ(ids_of(tokenizer, text), expected);
  std::string run(1001, 'a');
  run += "bc";
  const std::vector<int32_t> ids = ids_of(tokenizer, run);
  ASSERT_EQ(ids.size(), 1001u);
  EXPECT_EQ(ids.back(), 257);
}

TEST(BpeTokenizer, BytesWithoutATokenAreLeftOut) {
  BpeDefinition definition = small_definition();
  definition.tokens[0xFF] = "unused";
  const BpeTokenizer tokenizer(std::move(definition));
  EXPECT_THAT(ids_of(tokenizer, "x\xFFy"), ElementsAre('x', 'y'));
}

TEST(BpeTokenizer, LengthsCountSpecialTokens) {
  BpeDefinition definition = small_definition();
  definition.prefix = {258};
  const BpeTokenizer tokenizer(std::move(definition));
  const Encoding encoding = tokenizer.encode("xyz", "abcab", 5);
  EXPECT_THAT(encoding.ids, ElementsAre(258, 'x', 'y', 258, 257));
  EXPECT_THAT(encoding.type_ids, ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(encoding.special_mask, ElementsAre(1, 0, 0, 1, 0));
  EXPECT_EQ(encoding.spans[4], (TextSpan{0, 3}));
  EXPECT_EQ(error_message<ConfigError>([&] { tokenizer.encode("x", std::nullopt, 0); }),
            "max_length: expected at least 1 for the special tokens, got 0");
}

TEST(BpeTokenizer, UnsoundDefinitionsAreRefused) {
  BpeDefinition merge = small_definition();
  merge.merges.emplace_back("abc", "x");
  EXPECT_EQ(error_message<DataError>([&] { BpeTokenizer(merge, "t.json"); }),
            "t.json: merge 2: no token \"abcx\"");
  BpeDefinition few = small_definition();
  few.tokens.erase(few.tokens.begin(), few.tokens.begin() + 200);
  few.merges.clear();
  few.added.clear();
  EXPECT_EQ(error_message<DataError>([&] { BpeTokenizer(few, "t.json"); }),
            "t.json: only 56 of 256 bytes have a token (is it a byte-level BPE?)");
  BpeDefinition special = small_definition();
  special.prefix = {259};
  EXPECT_EQ(error_message<DataError>([&] { BpeTokenizer(special, "t.json"); }),
            "t.json: expected special tokens with ids from 0 to 258, got 259");
}

std::string refused(const nlohmann::json& json) {
  return error_message<Error>([&] { parse_bpe_json(json.dump(), "t.json"); });
}

TEST(ParseBpeJson, WhatIsNotSupportedIsNamed) {
  nlohmann::json json = bpe_json(small_definition());
  EXPECT_EQ(parse_bpe_json(json.dump(), "t.json").merges.size(), 2u);
  json["pre_tokenizer"] = {{"type", "Whitespace"}};
  EXPECT_EQ(refused(json),
            "t.json: pre_tokenizer {\"type\":\"Whitespace\"} is not supported; supported: those of "
            "GPT-2, SmolLM, Llama 3 and Qwen 2");
  json = bpe_json(small_definition());
  json["normalizer"] = {{"type", "NFC"}};
  EXPECT_EQ(refused(json),
            "t.json: normalizer {\"type\":\"NFC\"} is not supported; supported: those of GPT-2, "
            "SmolLM, Llama 3 and Qwen 2");
  json = bpe_json(small_definition());
  json["model"]["merges"][1] = "abc";
  EXPECT_EQ(refused(json), "t.json: model: merges: expected two tokens, got \"abc\"");
  json = bpe_json(small_definition());
  json["model"]["vocab"]["abc"] = 256;
  EXPECT_EQ(refused(json), "t.json: model: vocab: two tokens have the id 256");
  json = bpe_json(small_definition());
  json["added_tokens"][0]["id"] = 3;
  EXPECT_EQ(refused(json).substr(0, 45), "t.json: added_tokens: \"<end>\" has the id 3, w");
}

TEST(LossyUtf8, EachMaximalPartBecomesOneReplacement) {
  // The Unicode Standard, table 3-8.
  EXPECT_EQ(lossy_utf8("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64"),
            "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
  EXPECT_EQ(lossy_utf8("\xE0\x9F\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(lossy_utf8("caf\xC3\xA9"), "café");
}

TEST(LossyUtf8, AnOpenCharacterAtTheEndIsSeen) {
  EXPECT_EQ(open_utf8_tail("a\xE2\x82"), 2u);
  EXPECT_EQ(open_utf8_tail("a\xF0\x9F\x99"), 3u);
  EXPECT_EQ(open_utf8_tail("a\xC3"), 1u);
  EXPECT_EQ(open_utf8_tail("a\xC3\xA9"), 0u);
  EXPECT_EQ(open_utf8_tail("abc\x80"), 0u);
  EXPECT_EQ(open_utf8_tail(""), 0u);
}

}  // namespace
}  // namespace limbeck::nlp
