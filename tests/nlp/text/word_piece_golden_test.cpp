#include <gtest/gtest.h>

#include <limits>

#include "nlp/core/json_file.h"
#include "nlp/core/mapped_file.h"
#include "nlp/text/tokenizer.h"
#include "nlp/text/word_piece_tokenizer.h"
#include "tests/support/shared_data.h"

// Ids, spans and text that PyPI tokenizers gave (tests/golden/wordpiece/origin.json): equal, no
// tolerance.
namespace limbeck::nlp {
namespace {

const std::filesystem::path kGolden =
    std::filesystem::path(LIMBECK_SOURCE_DIR) / "tests/golden/wordpiece";

std::vector<nlohmann::json> rows(const char* name) {
  const MappedFile file(kGolden / name);
  std::vector<nlohmann::json> parsed;
  std::string_view left = file.text();
  while (!left.empty()) {
    const size_t end = left.find('\n');
    parsed.push_back(nlohmann::json::parse(left.substr(0, end)));
    left.remove_prefix(end + 1);
  }
  return parsed;
}

/// One row without its setting: text, pair, max_length, ids and perhaps spans.
struct Case {
  explicit Case(const nlohmann::json& row, size_t first)
      : text(row.at(first).get<std::string>()), ids(row.at(first + 3).get<std::vector<int32_t>>()) {
    if (!row.at(first + 1).is_null()) pair = row.at(first + 1).get<std::string>();
    max_length = row.at(first + 2).get<int32_t>();
    if (max_length == 0) max_length = std::numeric_limits<int32_t>::max();
    if (row.size() > first + 4) spans = row.at(first + 4).get<std::vector<int32_t>>();
  }
  std::string text;
  std::optional<std::string> pair;
  int32_t max_length;
  std::vector<int32_t> ids, spans;
};

void expect_equal(const Tokenizer& tokenizer, const Case& golden, const std::string& where) {
  const Encoding encoding = tokenizer.encode(golden.text, golden.pair, golden.max_length);
  std::vector<int32_t> fast = {-7};
  tokenizer.append_ids(golden.text, golden.pair, golden.max_length, fast);
  fast.erase(fast.begin());
  EXPECT_EQ(encoding.ids, golden.ids) << where << ": " << golden.text;
  EXPECT_EQ(fast, golden.ids) << where << " (fast path): " << golden.text;
  if (golden.spans.empty()) return;
  std::vector<int32_t> spans;
  for (const TextSpan& span : encoding.spans) {
    spans.push_back(span.begin);
    spans.push_back(span.end);
  }
  EXPECT_EQ(spans, golden.spans) << where << ": " << golden.text;
}

TEST(WordPieceGolden, SmallVocabularyHasTheIdsAndSpansOfTheReferenceInEverySetting) {
  const nlohmann::json settings = read_json_file(kGolden / "origin.json").at("settings");
  std::vector<std::unique_ptr<Tokenizer>> tokenizers;
  const MappedFile vocabulary(kGolden / "small_vocab.txt");
  for (const nlohmann::json& setting : settings) {
    WordPieceDefinition definition = parse_vocab_txt(vocabulary.text(), "small_vocab.txt");
    definition.normalizer.lowercase = setting.at("do_lower_case").get<bool>();
    definition.normalizer.space_ideographs = setting.value("tokenize_chinese_chars", true);
    if (setting.contains("strip_accents"))
      definition.normalizer.strip_accents = setting.at("strip_accents").get<bool>();
    tokenizers.push_back(std::make_unique<WordPieceTokenizer>(std::move(definition)));
  }
  const std::vector<nlohmann::json> golden = rows("small.jsonl");
  ASSERT_GT(golden.size(), 1000u);
  for (size_t i = 0; i < golden.size(); ++i)
    expect_equal(*tokenizers.at(golden[i].at(0).get<size_t>()), Case(golden[i], 1),
                 "small.jsonl:" + std::to_string(i + 1));
}

TEST(WordPieceGolden, TheDefaultTeacherHasTheIdsOfTheReference) {
  LIMBECK_NEEDS_ASSET("all-MiniLM-L6-v2");
  const auto tokenizer = load_tokenizer(test::asset_cache("all-MiniLM-L6-v2"));
  const std::vector<nlohmann::json> golden = rows("minilm.jsonl");
  ASSERT_GT(golden.size(), 2000u);
  for (size_t i = 0; i < golden.size(); ++i)
    expect_equal(*tokenizer, Case(golden[i], 0), "minilm.jsonl:" + std::to_string(i + 1));
}

TEST(WordPieceGolden, TheDefaultTeacherDecodesAsTheReference) {
  LIMBECK_NEEDS_ASSET("all-MiniLM-L6-v2");
  const auto tokenizer = load_tokenizer(test::asset_cache("all-MiniLM-L6-v2"));
  for (const nlohmann::json& row : rows("minilm_decoded.jsonl"))
    EXPECT_EQ(tokenizer->decode(row.at(0).get<std::vector<int32_t>>()),
              row.at(1).get<std::string>());
}

}  // namespace
}  // namespace limbeck::nlp
