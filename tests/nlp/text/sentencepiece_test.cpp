#include "nlp/text/sentencepiece.h"

#include <gmock/gmock.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::nlp {
namespace {

using test::error_message;

/// Sentences of a small grammar: enough repetition for a vocabulary of a few hundred pieces.
std::vector<std::string> sentences(int count) {
  const std::vector<std::string> subjects = {"the old still", "a copper kettle", "my neighbour",
                                             "every distiller"};
  const std::vector<std::string> verbs = {"heats", "boils", "condenses", "keeps", "tastes"};
  const std::vector<std::string> objects = {"the wine", "clear spirit", "water and steam",
                                            "brandy na\u00efvely"};
  RandomStream random(1, "sentences");
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i)
    lines.push_back(subjects[random.below(4)] + " " + verbs[random.below(5)] + " " +
                    objects[random.below(4)] + " in " + std::to_string(random.below(100)) +
                    " hours.");
  return lines;
}

SentencePieceTrainingOptions options(const std::string& model) {
  SentencePieceTrainingOptions options;
  options.model = model;
  options.vocabulary_size = 60;
  options.character_coverage = 1.0;
  return options;
}

class SentencePieceOf : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Models, SentencePieceOf, testing::Values("unigram", "bpe"));

TEST_P(SentencePieceOf, EqualTextGivesEqualModels) {
  EXPECT_EQ(train_sentencepiece(sentences(400), options(GetParam())),
            train_sentencepiece(sentences(400), options(GetParam())));
}

TEST_P(SentencePieceOf, DecodeUndoesEncode) {
  const auto tokenizer =
      parse_sentencepiece(train_sentencepiece(sentences(400), options(GetParam())), "m");
  EXPECT_EQ(tokenizer->vocabulary_size(), 60);
  EXPECT_EQ(tokenizer->token(tokenizer->pad_id()), "<pad>");
  EXPECT_EQ(tokenizer->token(tokenizer->unknown_id()), "<unk>");
  EXPECT_EQ(tokenizer->pad_id(), 0);
  for (const std::string& line : sentences(50)) {
    const Encoding encoding = tokenizer->encode(line, std::nullopt, 512);
    EXPECT_EQ(tokenizer->decode(encoding.ids), line);
    EXPECT_EQ(encoding.spans.front().begin, 0);
    EXPECT_EQ(static_cast<size_t>(encoding.spans.back().end), line.size());
    for (size_t i = 1; i < encoding.spans.size(); ++i)
      EXPECT_EQ(encoding.spans[i - 1].end, encoding.spans[i].begin);
    std::vector<int32_t> ids;
    tokenizer->append_ids(line, std::nullopt, 512, ids);
    EXPECT_EQ(ids, encoding.ids);
  }
}

TEST_P(SentencePieceOf, ASavedModelIsReadFromItsDirectory) {
  const test::TemporaryDirectory directory;
  const auto tokenizer =
      parse_sentencepiece(train_sentencepiece(sentences(400), options(GetParam())), "m");
  tokenizer->save(directory.path());
  const auto again = load_tokenizer(directory.path());
  EXPECT_EQ(again->encode("the old still", "boils", 5).ids,
            tokenizer->encode("the old still", "boils", 5).ids);
}

TEST(SentencePiece, FilesGiveTheModelOfTheirLines) {
  const test::TemporaryDirectory directory;
  std::string text;
  for (const std::string& line : sentences(400)) text += line + "\n";
  const auto file = directory.write("text.txt", text);
  EXPECT_EQ(train_sentencepiece(std::vector<std::filesystem::path>{file}, options("unigram")),
            train_sentencepiece(sentences(400), options("unigram")));
}

TEST(SentencePiece, APairIsBothTextsCutLongestFirst) {
  const auto tokenizer =
      parse_sentencepiece(train_sentencepiece(sentences(400), options("unigram")), "m");
  const Encoding pair = tokenizer->encode("the wine boils", "steam", 4);
  EXPECT_EQ(pair.ids.size(), 4u);
  EXPECT_THAT(pair.type_ids, testing::IsSupersetOf({0, 1}));
  EXPECT_THAT(pair.special_mask, testing::Each(0));
}

TEST(SentencePiece, SpansOfBrokenBytesStandInTheOriginal) {
  const auto tokenizer =
      parse_sentencepiece(train_sentencepiece(sentences(400), options("bpe")), "m");
  const Encoding encoding = tokenizer->encode("wine \xFF\xFE wine", std::nullopt, 64);
  EXPECT_EQ(encoding.spans.back().end, 12);
}

TEST(SentencePiece, ALineOfOneMegabyteIsLearntFromAndEncoded) {
  std::vector<std::string> lines = sentences(400);
  lines.push_back(std::string(1 << 20, 'w'));
  const auto tokenizer = parse_sentencepiece(train_sentencepiece(lines, options("unigram")), "m");
  EXPECT_EQ(tokenizer->encode(lines.back(), std::nullopt, 512).ids.size(), 512u);
}

TEST(SentencePiece, OptionsAndTextThatCannotWorkAreErrors) {
  SentencePieceTrainingOptions wrong = options("word");
  EXPECT_EQ(error_message<ConfigError>([&] { train_sentencepiece(sentences(9), wrong); }),
            "sentencepiece: model: expected unigram or bpe, got 'word'");
  EXPECT_EQ(error_message<DataError>([&] {
              train_sentencepiece(std::vector<std::string>{"", " "}, options("bpe"));
            }),
            "sentencepiece: expected text to learn from, got none");
  EXPECT_EQ(error_message<DataError>([&] {
              train_sentencepiece(std::vector<std::string>{"a", "\xFF"}, options("bpe"));
            }),
            "line 2: not UTF-8");
  wrong = options("unigram");
  wrong.vocabulary_size = 50000;
  EXPECT_THAT(error_message<ConfigError>([&] { train_sentencepiece(sentences(9), wrong); }),
              testing::MatchesRegex(
                  "sentencepiece: cannot learn 50000 pieces from 9 lines: Vocabulary size too high "
                  ".50000.. Please set it to a value <= [0-9]+."));
}

TEST(SentencePiece, ADamagedModelIsADataErrorOrStillAModel) {
  const std::string model = train_sentencepiece(sentences(400), options("unigram"));
  EXPECT_EQ(error_message<DataError>([] { parse_sentencepiece("", "m"); }),
            "m: expected a SentencePiece model, got an empty file");
  EXPECT_EQ(error_message<DataError>(
                [&] { parse_sentencepiece(model.substr(0, model.size() - 3), "m"); }),
            "m: not a complete SentencePiece model (is the file complete?)");
  RandomStream random(2, "damage");
  for (int i = 0; i < 300; ++i) {
    std::string damaged = model;
    for (int flips = 0; flips < 4; ++flips)
      damaged[random.below(damaged.size())] ^= static_cast<char>(1 << random.below(8));
    try {
      const auto tokenizer = parse_sentencepiece(damaged, "m");
      tokenizer->encode("the old still na\u00efve \u00c5\u1e9b\u0323 \ufdfa 12", std::nullopt, 64);
    } catch (const DataError&) {
    }
  }
}

}  // namespace
}  // namespace limbeck::nlp
