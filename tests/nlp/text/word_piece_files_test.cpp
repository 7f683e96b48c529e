#include <gmock/gmock.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/text/word_piece_tokenizer.h"
#include "tests/nlp/text/small_vocabulary.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::nlp {
namespace {

using test::error_message;
using test::pieces_of;
using test::TemporaryDirectory;
using test::vocabulary_lines;
using testing::ElementsAre;

nlohmann::json tokenizer_json() {
  return nlohmann::json::parse(R"({
    "added_tokens": [{"id": 0, "content": "[UNK]", "special": true, "normalized": false}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                   "strip_accents": null, "lowercase": false},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 4,
              "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "Ab": 3, "ab": 4, "##c": 5, "[PAD]": 6}}})");
}

std::string parse_error(const nlohmann::json& json) {
  return error_message<Error>([&] { parse_tokenizer_json(json.dump(), "t.json"); });
}

TEST(TokenizerJson, GivesTheSettingsOfTheModel) {
  const WordPieceTokenizer tokenizer(parse_tokenizer_json(tokenizer_json().dump(), "t.json"));
  EXPECT_THAT(pieces_of(tokenizer, "Ab abc abccc"), ElementsAre("Ab", "ab", "##c", "[UNK]"));
  EXPECT_EQ(tokenizer.pad_id(), 6);
  EXPECT_THAT(tokenizer.encode("ab", "Ab", 9).type_ids, ElementsAre(0, 0, 0, 1, 1));
}

TEST(TokenizerJson, AnotherTypeIsUnsupportedAndSaysWhatIs) {
  nlohmann::json json = tokenizer_json();
  json["model"]["type"] = "BPE";
  EXPECT_EQ(parse_error(json),
            "t.json: model 'BPE' is not supported; supported: WordPiece with BertNormalizer and "
            "BertPreTokenizer, or a SentencePiece spm.model");
  json = tokenizer_json();
  json["pre_tokenizer"] = nullptr;
  EXPECT_EQ(parse_error(json).substr(0, 46), "t.json: pre_tokenizer 'none' is not supported;");
}

TEST(TokenizerJson, WrongTypesAreDataErrorsThatNameTheKey) {
  const auto with = [](const char* pointer, nlohmann::json value) {
    nlohmann::json json = tokenizer_json();
    json[nlohmann::json::json_pointer(pointer)] = std::move(value);
    return parse_error(json);
  };
  EXPECT_EQ(with("/model/vocab", nlohmann::json::array()),
            "t.json: model: key 'vocab': expected an object, got an array");
  EXPECT_EQ(with("/model/vocab/ab", "4"),
            "t.json: model: vocab: token \"ab\": expected an id from 0 to 65543, got \"4\"");
  EXPECT_EQ(with("/model/vocab/ab", 3), "t.json: model: vocab: two tokens have the id 3");
  EXPECT_EQ(with("/model/vocab/ab", 4000000000u),
            "t.json: model: vocab: token \"ab\": expected an id from 0 to 65543, got 4000000000");
  EXPECT_EQ(with("/model/unk_token", "[NO]"),
            "t.json: model: the unknown token \"[NO]\" is not in the vocabulary");
  EXPECT_EQ(
      with("/model/max_input_chars_per_word", -1),
      "t.json: model: key 'max_input_chars_per_word': expected an integer from 0 to 16777216, "
      "got -1");
  EXPECT_EQ(with("/normalizer/lowercase", 1),
            "t.json: normalizer: key 'lowercase': expected true or false, got 1");
  EXPECT_EQ(with("/post_processor/cls", 5),
            "t.json: post_processor: key 'cls': expected an array, got 5");
  EXPECT_EQ(with("/post_processor/cls", {"[CLS]", 77}),
            "t.json: post_processor: no token has the id 77");
  EXPECT_EQ(with("/added_tokens/0/content", nullptr),
            "t.json: added_tokens: key 'content': expected a string, got null");
  EXPECT_EQ(error_message<DataError>([] { parse_tokenizer_json("[1]", "t.json"); }),
            "t.json: expected a JSON object, got an array");
}

TEST(VocabTxt, BadFilesAreDataErrors) {
  const auto error = [](std::string_view text) {
    return error_message<DataError>([&] { parse_vocab_txt(text, "vocab.txt"); });
  };
  EXPECT_EQ(error(""), "vocab.txt: expected one token a line, got an empty file");
  EXPECT_EQ(error("[PAD]\n[CLS]\n[SEP]\na\n"),
            "vocab.txt: no line \"[UNK]\" (the unk_token of the model)");
  EXPECT_EQ(error("[PAD]\n\xFFzz\n"),
            "vocab.txt:2: not UTF-8 (is this a vocabulary of one token a line?)");
}

TEST(VocabTxt, LinesMayEndInCarriageReturnsAndTheLastOfEqualLinesWins) {
  const WordPieceTokenizer tokenizer(
      parse_vocab_txt("[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\nb\r\na", "vocab.txt"));
  EXPECT_THAT(tokenizer.encode("a b", std::nullopt, 9).ids, ElementsAre(1, 5, 4, 2));
  EXPECT_EQ(tokenizer.vocabulary_size(), 6);
  EXPECT_EQ(tokenizer.pad_id(), tokenizer.unknown_id());
}

TEST(WordPieceFiles, TheConfigOfTheDirectoryStandsAboveTokenizerJsonForABertTokenizer) {
  const TemporaryDirectory directory;
  directory.write("tokenizer.json", tokenizer_json().dump());
  EXPECT_THAT(pieces_of(*load_tokenizer(directory.path()), "Ab"), ElementsAre("Ab"));
  directory.write(
      "tokenizer_config.json",
      R"({"do_lower_case": true, "model_max_length": 512, "tokenizer_class": "BertTokenizer"})");
  EXPECT_THAT(pieces_of(*load_tokenizer(directory.path()), "Ab"), ElementsAre("ab"));
  EXPECT_EQ(load_tokenizer(directory.path())->model_max_length(), 512);
  directory.write("tokenizer_config.json",
                  R"({"do_lower_case": true, "tokenizer_class": "PreTrainedTokenizerFast"})");
  EXPECT_THAT(pieces_of(*load_tokenizer(directory.path()), "Ab"), ElementsAre("Ab"));
}

TEST(WordPieceFiles, VocabTxtTakesItsSettingsFromTheConfig) {
  const TemporaryDirectory directory;
  directory.write("vocab.txt", vocabulary_lines({"\u00e9", "e", "\u4e2d", "##\u4e2d"}));
  EXPECT_THAT(pieces_of(*load_tokenizer(directory.path()), "\u00c9 \u4e2d\u4e2d"),
              ElementsAre("e", "\u4e2d", "\u4e2d"));
  directory.write(
      "tokenizer_config.json",
      R"({"do_lower_case": true, "strip_accents": false, "tokenize_chinese_chars": false})");
  EXPECT_THAT(pieces_of(*load_tokenizer(directory.path()), "\u00c9 \u4e2d\u4e2d"),
              ElementsAre("\u00e9", "\u4e2d", "##\u4e2d"));
}

TEST(WordPieceFiles, ASavedTokenizerLoadsWithTheSameIds) {
  const TemporaryDirectory from, to;
  from.write("tokenizer.json", tokenizer_json().dump());
  from.write("tokenizer_config.json",
             R"({"do_lower_case": true, "model_max_length": 99, "extra": 1})");
  const auto tokenizer = load_tokenizer(from.path());
  tokenizer->save(to.path());
  for (const char* removed : {"none", "tokenizer.json"}) {
    std::filesystem::remove(to / removed);
    const auto again = load_tokenizer(to.path());
    EXPECT_EQ(again->encode("Ab ab x", "abc", 32).ids, tokenizer->encode("Ab ab x", "abc", 32).ids);
    EXPECT_EQ(again->model_max_length(), 99);
    EXPECT_EQ(again->pad_id(), 6);
  }
  EXPECT_EQ(read_file(to / "vocab.txt"), "[UNK]\n[CLS]\n[SEP]\nAb\nab\n##c\n[PAD]\n");
  EXPECT_EQ(read_json_file(to / "tokenizer_config.json").at("extra"), 1);
}

TEST(WordPieceFiles, ADirectoryWithoutATokenizerNamesTheFilesLookedFor) {
  EXPECT_EQ(error_message<DataError>([] { load_tokenizer("nowhere"); }),
            "nowhere: no tokenizer (looked for tokenizer.json, vocab.txt, spm.model)");
}

}  // namespace
}  // namespace limbeck::nlp
