#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "tests/cli/distillation.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

const std::string kLines = "w1 w2 w3\n\nW17 w4 other words\nw44\n";

class OwnVocabulary : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
    std::string text;  // of enough letters for 64 pieces
    for (int i = 0; i < 200; ++i) {
      text += "w1 w2 w" + std::to_string(3 + i % 20);
      for (int k = 0; k < 3; ++k) {
        text += ' ';
        for (int l = 0; l < 4; ++l) text += static_cast<char>('a' + (i * 7 + k * 5 + l * l) % 26);
      }
      text += '\n';
    }
    run_.folder().write("text.txt", text);
  }
  std::vector<std::string> options() const {
    return {"--own-vocabulary",      "64",       "--embedding-init", "random",
            "--own-vocabulary-kind", GetParam(), "--progress",       "never"};
  }

  const Distillation run_;
};

/// The bits of the key "vector" of JSON lines.
std::vector<uint32_t> vector_bits(const std::string& lines) {
  std::vector<uint32_t> bits;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);)
    for (const float value : nlohmann::json::parse(line).at("vector").get<std::vector<float>>())
      bits.push_back(std::bit_cast<uint32_t>(value));
  return bits;
}

TEST_P(OwnVocabulary, IsReadByBothProgramsBitForBit) {
  const Outcome distilled = run_.run(options());
  ASSERT_EQ(distilled.exit_code, 0) << distilled.error;
  const fs::path student = run_.output();
  EXPECT_TRUE(fs::exists(student / "spm.model"));
  EXPECT_FALSE(fs::exists(student / "vocab.txt"));
  EXPECT_EQ(read_json_file(student / "config.json")["vocabulary_size"], 64);
  for (const char* type : {"float32", "bfloat16", "int8"}) {
    const Outcome embedded =
        limbeck({"embed", "--model", student, "--dtype", type}, {.input = kLines});
    ASSERT_EQ(embedded.exit_code, 0) << embedded.error;
    const Outcome shipped = spawn(
        {LIMBECK_STUDENT_PROGRAM, "embed", "--model", student, "--dtype", type}, {.input = kLines});
    ASSERT_EQ(shipped.exit_code, 0) << shipped.error;
    const std::vector<uint32_t> bits = vector_bits(embedded.output);
    ASSERT_EQ(bits.size(), 4u * 32u);
    EXPECT_EQ(vector_bits(shipped.output), bits) << type;
  }
}

TEST_P(OwnVocabulary, IsLearntAgainWithTheSameBytes) {
  ASSERT_EQ(run_.run(options()).exit_code, 0);
  const auto first = run_.files();
  std::vector<std::string> again = options();
  again.emplace_back("--overwrite");
  ASSERT_EQ(run_.run(again).exit_code, 0);
  for (const auto& [name, content] : run_.files())
    EXPECT_TRUE(first.at(name) == content) << name << " differs";
}

TEST_P(OwnVocabulary, IsTakenFromAFile) {
  ASSERT_EQ(run_.run(options()).exit_code, 0);
  const std::string given = run_.folder() / "given.model";
  fs::copy_file(fs::path(run_.output()) / "spm.model", given);
  const Outcome outcome = run_.run({"--vocabulary-model", given, "--embedding-init", "random",
                                    "--overwrite", "--progress", "never"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const fs::path student = run_.output();
  EXPECT_TRUE(read_file(student / "spm.model") == read_file(given));
  EXPECT_EQ(read_json_file(student / "config.json")["vocabulary_size"], 64);
  const std::string cut = run_.folder().write("cut.model", read_file(given).substr(0, 500));
  const Outcome refused = run_.run({"--vocabulary-model", cut, "--embedding-init", "random",
                                    "--overwrite", "--progress", "never"});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.error,
              testing::StartsWith("limbeck: " + cut + ": not a complete SentencePiece"));
  EXPECT_EQ(run_.run({"--vocabulary-model", given, "--own-vocabulary", "64", "--embedding-init",
                      "random", "--overwrite"})
                .error,
            "limbeck: --vocabulary-model: expected either --own-vocabulary or --vocabulary-model, "
            "got both\n");
}

TEST_P(OwnVocabulary, HoldsTheWordsOfTheText) {
  ASSERT_EQ(run_.run(options()).exit_code, 0);
  const Outcome known =
      limbeck({"tokenize", "--model", run_.output(), "--format", "json", "w1 w2 W3"});
  ASSERT_EQ(known.exit_code, 0) << known.error;
  std::string joined;
  const nlohmann::json object = nlohmann::json::parse(known.output);
  for (const std::string token : object["tokens"]) joined += token;
  EXPECT_EQ(joined, "\u2581w1\u2581w2\u2581w3");  // lower-cased, a mark before each word
  for (const int64_t id : object["ids"]) EXPECT_TRUE(id > 1 && id < 64) << id;
}

INSTANTIATE_TEST_SUITE_P(Kinds, OwnVocabulary, testing::Values("unigram", "bpe"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace limbeck::test
