#include "verify/network/word_transformer.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/tensor/safetensors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "verify/certify/sentence_set.h"

namespace limbeck::verify {
namespace {

std::string write_weights(const test::TemporaryDirectory& folder, const std::string& name,
                          float value) {
  const std::vector<float> numbers(4, value);
  const std::string file = (folder / "net.safetensors").string();
  nlp::write_safetensors(
      file, {{name, {nlp::Dtype::kF32, {2, 2}, std::as_bytes(std::span<const float>(numbers))}}},
      {});
  return file;
}

TEST(WordTransformer, RefusesWeightsThatAreNotFinite) {
  const test::TemporaryDirectory folder;
  const std::string file = write_weights(folder, "linear_in.weight", NAN);
  EXPECT_EQ(
      test::error_message<DataError>([&] { load_word_transformer(file, "vocab.txt"); }),
      file + ": tensor 'linear_in.weight': value 0 is not finite (a diverged or damaged model)");
}

TEST(WordTransformer, NamesAnAbsentTensor) {
  const test::TemporaryDirectory folder;
  const std::string file = write_weights(folder, "linear_in.weight", 1);
  const std::string vocabulary = folder.write("vocab.txt", "a\nb\n").string();
  EXPECT_EQ(test::error_message<DataError>(
                [&] { load_word_transformer(file, vocabulary, {.heads = 1}); }),
            file + ": no tensor 'embeddings.word_embeddings.weight'");
  EXPECT_EQ(test::error_message<ConfigError>(
                [&] { load_word_transformer(file, vocabulary, {.heads = 3}); }),
            "--heads: expected a divisor of the width 2, got 3");
}

TEST(WordModel, TheVocabularyMustFitTheTable) {
  EXPECT_EQ(test::error_message<DataError>([] {
              WordModel({"a", "b"}, torch::zeros({3, 2}), {});
            }),
            "word model: expected an embedding of 2 words (the vocabulary), got 3");
}

TEST(WordProblem, FollowsTheRulesForWordsAndCandidates) {
  WordModel model({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "nice", "film"},
                  torch::zeros({7, 2}), {});
  const CandidateSentence sentence{
      "Good XYZ film", 1, {{"good", "nice", "absent", "nice"}, {"film"}, {}}};
  const WordProblem problem = word_problem(sentence, model, 2);
  EXPECT_EQ(problem.words, (std::vector<int64_t>{2, 4, 1, 6, 3}));
  EXPECT_EQ(problem.candidates[1], std::vector<int64_t>{5});
  EXPECT_TRUE(problem.candidates[2].empty());  // unknown words stay
  EXPECT_EQ(word_problem(sentence, model, 2, {.may_replace_unknown = true}).candidates[2],
            std::vector<int64_t>{6});
  EXPECT_EQ(word_problem(sentence, model, 2, {.max_words = 4}).words,
            (std::vector<int64_t>{2, 4, 1, 3}));
}

TEST(SentenceSet, SaysWhichItemIsWrong) {
  const test::TemporaryDirectory folder;
  const std::string file =
      folder.write("a.json", R"([{"sentence": "a", "label": 0}, {"sentence": 3}])").string();
  EXPECT_EQ(
      test::error_message<DataError>([&] { read_candidate_sentences(file); }),
      file +
          ": item 1: expected {\"sentence\": text, \"label\": integer, \"candidates\": [[text]]}");
}

}  // namespace
}  // namespace limbeck::verify
