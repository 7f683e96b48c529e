#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "nlp/text/bpe_tokenizer.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;

constexpr int32_t kAll = std::numeric_limits<int32_t>::max();
const fs::path kGolden = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bpe";

std::vector<nlohmann::json> cases(const fs::path& file) {
  std::vector<nlohmann::json> all;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
  return all;
}

std::vector<int32_t> ids_of(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<int32_t> ids;
  tokenizer.append_ids(text, std::nullopt, kAll, ids);
  return ids;
}

class BpeGolden : public testing::TestWithParam<const char*> {};

TEST_P(BpeGolden, IdsAndTextAreThoseOfTheReference) {
  const std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(kGolden / GetParam());
  const std::vector<nlohmann::json> all = cases(kGolden / GetParam() / "cases.jsonl");
  ASSERT_GT(all.size(), 100u);
  for (const nlohmann::json& entry : all) {
    const auto text = entry["text"].get<std::string>();
    const std::vector<int32_t> ids = ids_of(*tokenizer, text);
    EXPECT_EQ(ids, entry["ids"].get<std::vector<int32_t>>()) << entry["text"];
    EXPECT_EQ(tokenizer->decode(ids), entry["decoded"].get<std::string>()) << entry["text"];
    EXPECT_EQ(tokenizer->encode(text, std::nullopt, kAll).ids, ids) << entry["text"];
  }
}

TEST_P(BpeGolden, SpansCoverTheTextOnCharacterBoundaries) {
  const std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(kGolden / GetParam());
  for (const nlohmann::json& entry : cases(kGolden / GetParam() / "cases.jsonl")) {
    const auto text = entry["text"].get<std::string>();
    const Encoding encoding = tokenizer->encode(text, std::nullopt, kAll);
    int32_t end = 0;
    for (const TextSpan& span : encoding.spans) {
      EXPECT_LE(span.begin, end) << entry["text"];
      EXPECT_GE(span.end, end) << entry["text"];
      end = span.end;
      for (const int32_t edge : {span.begin, span.end})
        if (edge < static_cast<int32_t>(text.size())) {
          EXPECT_NE(text[static_cast<size_t>(edge)] & 0xC0, 0x80) << entry["text"];
        }
    }
    EXPECT_EQ(end, static_cast<int32_t>(text.size()));
  }
}

TEST_P(BpeGolden, WhatIsSavedReadsAsTheSameTokenizer) {
  const test::TemporaryDirectory folder;
  const std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(kGolden / GetParam());
  tokenizer->save(folder.path());
  const std::unique_ptr<Tokenizer> again = load_tokenizer(folder.path());
  for (const nlohmann::json& entry : cases(kGolden / GetParam() / "cases.jsonl")) {
    const auto text = entry["text"].get<std::string>();
    EXPECT_EQ(ids_of(*again, text), ids_of(*tokenizer, text));
  }
}

INSTANTIATE_TEST_SUITE_P(EveryPattern, BpeGolden,
                         testing::Values("gpt2", "gpt2_digits", "llama3", "qwen2"));

}  // namespace
}  // namespace limbeck::nlp
