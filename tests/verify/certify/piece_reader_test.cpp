#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "distill/evaluate/task_classifier.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "tests/support/error_message.h"
#include "verify/certify/margin.h"
#include "verify/certify/sentence_model.h"
#include "verify/certify/word_verifier.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden";
const char* const kClassifiers[] = {"student/classify", "sentiment/tiny"};

/// The class that the program of the model itself gives, and its logits.
std::vector<double> logits_of(const distill::TaskClassifier& classifier, const std::string& text) {
  data::Example example;
  example.text = text;
  const nlp::VectorRows rows = classifier.logits(std::span(&example, 1));
  return {rows.values.begin(), rows.values.end()};
}

SentenceModel load(const char* name) {
  CertifyOptions options;
  options.model = (kGolden / name).string();
  return load_sentence_model(options);
}

std::vector<std::string> texts_of(const WordProblem& problem, SentenceModel& model) {
  std::vector<std::string> texts;
  for (const int64_t word : problem.words) texts.push_back(model.model().word(word));
  return texts;
}

TEST(PieceClassifier, GivesTheLogitsOfTheModelsOwnProgram) {
  const at::NoGradGuard no_gradient;
  for (const char* name : kClassifiers) {
    SentenceModel model = load(name);
    const auto classifier = distill::load_task_classifier(kGolden / name, nlp::Precision::kFloat32);
    EXPECT_EQ(model.labels(), classifier->head().labels);
    for (const std::string text :
         {"the film is good", "A woman sings brightly, and the man was dull!", "good",
          "It's a very, very dull play. And was it good? The woman was not singing.",
          "Bad bad bad movies", "zebra quartz"}) {
      const WordProblem problem = model.reader().read({text, 0, {}}, 0);
      const at::Tensor ids = torch::tensor(problem.words).unsqueeze(0);
      const at::Tensor got = model.model().logits(ids)[0], run = model.model().run(ids)[0];
      const std::vector<double> want = logits_of(*classifier, text);
      // Float32 sums in another order against double: 2e-7 a product, at most some dozens deep.
      for (size_t c = 0; c < want.size(); ++c)
        EXPECT_NEAR(got[static_cast<int64_t>(c)].item<double>(), want[c], 2e-5) << name << text;
      EXPECT_LT((got - run).abs().max().item<double>(), 1e-12) << name << text;
    }
  }
}

TEST(PieceReader, CutsWordsAsTheTokenizerSeparatesThem) {
  SentenceModel student = load("student/classify");
  const WordProblem problem = student.reader().read({"A woman sings, (very) BRIGHTLY!", 1, {}}, 2);
  EXPECT_EQ(texts_of(problem, student),
            (std::vector<std::string>{"a", "woman", "sings", ",", "[UNK]", "very", "[UNK]",
                                      "brightly", "!"}));
  EXPECT_EQ(student.model().layout(problem.words), (WordLayout{1, 1, 2, 1, 1, 1, 1, 2, 1}));
  EXPECT_EQ(problem.before, 0);
  EXPECT_EQ(problem.after, 0);
  EXPECT_EQ(problem.label, 1);
  EXPECT_EQ(problem.budget, 2);
  SentenceModel bert = load("sentiment/tiny");
  const WordProblem special = bert.reader().read({"a b.", 0, {}}, 0);
  EXPECT_EQ(texts_of(special, bert), (std::vector<std::string>{"[CLS]", "a", "b", ".", "[SEP]"}));
  EXPECT_EQ(special.before, 1);
  EXPECT_EQ(special.after, 1);
}

TEST(PieceReader, TakesCandidatesOfAsManyPiecesAndSaysWhatItLeavesOut) {
  SentenceModel student = load("student/classify");
  const CandidateSentence sentence{"The woman sings (good) it's 你 film.",
                                   0,
                                   {{},
                                    {"man", "men", "quartz"},
                                    {"singing", "films", "good", "sings"},
                                    {"bad"},
                                    {"is"},
                                    {"a"},
                                    {"movie", "MOVIE", "你"}}};
  const WordProblem problem = student.reader().read(sentence, 1);
  const auto candidates = [&](size_t word) {
    std::vector<std::string> texts;
    for (const int64_t id : problem.candidates[word]) texts.push_back(student.model().word(id));
    return texts;
  };
  const std::vector<std::string> words = texts_of(problem, student);
  ASSERT_EQ(words, (std::vector<std::string>{"the", "woman", "sings", "[UNK]", "good", "[UNK]",
                                             "it", "'", "s", "[UNK]", "film", "."}));
  EXPECT_EQ(candidates(1), (std::vector<std::string>{"man"}));
  EXPECT_EQ(candidates(2), (std::vector<std::string>{"singing", "films"}));
  EXPECT_EQ(candidates(4), (std::vector<std::string>{"bad"}));
  EXPECT_EQ(candidates(10), (std::vector<std::string>{"movie"}));
  EXPECT_EQ(problem.skipped,
            (std::map<std::string, int64_t>{{"other number of pieces", 3},
                                            {"not in the vocabulary", 1},
                                            {"the tokenizer cuts the word into several", 1},
                                            {"the word itself is not in the vocabulary", 1}}));
}

TEST(PieceReader, RefusesWhatHasNoKnownWord) {
  for (const char* name : kClassifiers) {
    SentenceModel model = load(name);
    EXPECT_EQ(test::error_message<DataError>([&] {
                model.reader().read({"  ", 0, {}}, 0);
              }),
              "empty sentence");
  }
  SentenceModel student = load("student/classify");
  EXPECT_EQ(test::error_message<DataError>([&] {
              student.reader().read({"你好", 0, {}}, 0);
            }),
            "no word of the sentence is in the vocabulary");
}

TEST(PieceReader, VerdictsAreThoseOfTheModelsOwnProgramOnEverySentence) {
  const at::NoGradGuard no_gradient;
  int64_t certified = 0, falsified = 0;
  for (const char* name : kClassifiers) {
    SentenceModel model = load(name);
    const auto classifier = distill::load_task_classifier(kGolden / name, nlp::Precision::kFloat32);
    for (const int64_t budget : {1, 2, 5}) {
      CandidateSentence sentence{
          "the woman sings very good",
          0,
          {{"a", "and"}, {"man", "films"}, {"films", "plays"}, {"not", "film"}, {"bad", "dull"}}};
      const std::vector<double> first = logits_of(*classifier, sentence.sentence);
      sentence.label = std::ranges::max_element(first) - first.begin();
      const WordProblem problem = model.reader().read(sentence, budget);
      ASSERT_EQ(problem.length() - problem.before - problem.after, 5);
      // Every sentence of the set as text, by the program that users run.
      double exact = 1e300;
      const auto visit = [&](auto&& self, const std::string& text, int64_t i,
                             int64_t left) -> void {
        if (i == problem.length() - problem.after) {
          std::vector<double> logits = logits_of(*classifier, text);
          const double own = logits[static_cast<size_t>(sentence.label)];
          logits[static_cast<size_t>(sentence.label)] = -1e300;
          exact = std::min(exact, own - *std::ranges::max_element(logits));
          return;
        }
        const auto goes_on = [&](int64_t word, int64_t rest) {
          self(self, text + (text.empty() ? "" : " ") + model.model().word(word), i + 1, rest);
        };
        goes_on(problem.words[static_cast<size_t>(i)], left);
        if (left > 0)
          for (const int64_t word : problem.candidates[static_cast<size_t>(i)])
            goes_on(word, left - 1);
      };
      visit(visit, "", problem.before, budget);
      WordVerifier verifier(model.model(), {.leaf = 2});
      const WordResult result = verifier.verify({problem})[0];
      ASSERT_EQ(result.verdict, exact > 0 ? Verdict::kCertified : Verdict::kFalsified)
          << name << " " << budget << " exact " << exact;
      EXPECT_LE(result.lower, exact + 1e-5);
      for (const BoundMethod& method : bound_methods()) {
        if (method.is_optimized || budget != 2) continue;
        EXPECT_LE(verifier.lower_bounds({problem}, method.name)[0], exact + 1e-5) << method.name;
      }
      certified += result.verdict == Verdict::kCertified;
      falsified += result.verdict == Verdict::kFalsified;
    }
  }
  EXPECT_GT(certified, 0);
  EXPECT_GT(falsified, 0);
}

}  // namespace
}  // namespace limbeck::verify
