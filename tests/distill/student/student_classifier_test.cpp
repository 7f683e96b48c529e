#include "distill/student/student_classifier.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "nlp/core/errors.h"
#include "tests/distill/student/golden_student.h"

namespace limbeck::distill {
namespace {

using nlp::Precision;

std::vector<StudentPrediction> predict(const GoldenStudent& golden, Precision precision) {
  const StudentClassifier classifier(golden.directory, precision);
  const auto pairs = golden.pairs();
  return classifier.head().pair
             ? classifier.predict(std::span<const StudentClassifier::Pair>(pairs))
             : classifier.predict(std::span<const std::string>(golden.texts));
}

std::string message_of(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

class StudentHead : public testing::TestWithParam<std::string> {};

// Logits are sums of at most 56 features; as the vectors, they agree to some 1e-6.
TEST_P(StudentHead, GivesTheLogitsOfTorch) {
  const GoldenStudent golden = read_golden(GetParam());
  const auto answers = predict(golden, Precision::kFloat32);
  ASSERT_EQ(answers.size(), golden.logits.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    ASSERT_EQ(answers[i].logits.size(), golden.logits[i].size());
    for (size_t c = 0; c < golden.logits[i].size(); ++c)
      EXPECT_NEAR(answers[i].logits[c], golden.logits[i][c], kGoldenTolerance) << i << " " << c;
  }
}

TEST_P(StudentHead, AgreesWithItselfAtInt8) {
  const GoldenStudent golden = read_golden(GetParam());
  const auto answers = predict(golden, Precision::kInt8);
  for (size_t i = 0; i < answers.size(); ++i)
    for (size_t c = 0; c < golden.logits[i].size(); ++c)
      EXPECT_NEAR(answers[i].logits[c], golden.logits[i][c], 0.08) << i << " " << c;
}

INSTANTIATE_TEST_SUITE_P(Golden, StudentHead,
                         testing::Values("classify", "classify_pair", "score_pair"),
                         [](const auto& info) { return info.param; });

TEST(StudentClassifier, ProbabilitiesSumToOneAndNameTheLargestLogit) {
  const GoldenStudent golden = read_golden("classify");
  for (const StudentPrediction& answer : predict(golden, Precision::kFloat32)) {
    double sum = 0;
    for (const float p : answer.probabilities) sum += p;
    EXPECT_NEAR(sum, 1.0, 1e-6);
    const auto largest = std::max_element(answer.logits.begin(), answer.logits.end());
    EXPECT_EQ(answer.label, largest - answer.logits.begin());
    EXPECT_NEAR(std::log(answer.probabilities[0] / answer.probabilities[1]),
                answer.logits[0] - answer.logits[1], 1e-5);
  }
}

TEST(StudentClassifier, RegressionGivesAScoreAndNoLabel) {
  const GoldenStudent golden = read_golden("score_pair");
  for (const StudentPrediction& answer : predict(golden, Precision::kFloat32)) {
    EXPECT_EQ(answer.label, -1);
    EXPECT_TRUE(answer.probabilities.empty());
    EXPECT_EQ(answer.score, answer.logits[0]);
  }
}

TEST(StudentClassifier, RefusesTheOtherKindOfInput) {
  const StudentClassifier pairs(golden_students() / "classify_pair");
  const std::vector<std::string> texts{"good"};
  EXPECT_EQ(message_of([&] { pairs.predict(texts); }),
            "student: the head of task 'mrpc' takes pairs of texts, got single texts");
  const StudentClassifier singles(golden_students() / "classify");
  const std::vector<StudentClassifier::Pair> two{{"good", "bad"}};
  EXPECT_EQ(message_of([&] { singles.predict(two); }),
            "student: the head of task 'custom' takes single texts, got pairs");
}

TEST(StudentClassifier, SaysThatAnEncoderHasNoHead) {
  const auto directory = golden_students() / "mean";
  EXPECT_EQ(message_of([&] { StudentClassifier classifier(directory); }),
            (directory / "config.json").string() +
                ": no key \"limbeck_head\" (an encoder; fine-tune it to classify)");
}

/// A copy of a golden student that a test may damage.
class DamagedStudent : public testing::Test {
 protected:
  DamagedStudent() {
    std::filesystem::remove_all(directory_);
    std::filesystem::copy(golden_students() / "classify", directory_);
  }
  ~DamagedStudent() override { std::filesystem::remove_all(directory_); }

  void edit_config(const auto& edit) {
    nlohmann::ordered_json json = read_json_file(directory_ / "config.json");
    edit(json);
    write_json_file(directory_ / "config.json", json);
  }

  std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("student_" + std::to_string(getpid()));
};

TEST_F(DamagedStudent, NamesATensorOfAnotherShape) {
  edit_config([](auto& json) { json["hidden_width"] = 8; });
  const std::string message = message_of([&] { StudentClassifier classifier(directory_); });
  EXPECT_NE(message.find("lstm.weight_ih_l0"), std::string::npos) << message;
  EXPECT_NE(message.find("[32, 11]"), std::string::npos) << message;
  EXPECT_NE(message.find("[28, 11]"), std::string::npos) << message;
}

TEST_F(DamagedStudent, NamesAMissingLayer) {
  edit_config([](auto& json) { json["layers"] = 3; });
  const std::string message = message_of([&] { StudentClassifier classifier(directory_); });
  EXPECT_NE(message.find("lstm.weight_ih_l2"), std::string::npos) << message;
}

TEST_F(DamagedStudent, RefusesATokenizerOfAnotherModel) {
  std::ofstream(directory_ / "vocab.txt", std::ios::app) << "extra\n";
  EXPECT_EQ(
      message_of([&] { StudentClassifier classifier(directory_); }),
      directory_.string() +
          ": the tokenizer has 85 ids, config.json only 84 embeddings (files of two models?)");
}

TEST_F(DamagedStudent, RefusesAHeadWithOneLabel) {
  edit_config([](auto& json) { json["limbeck_head"]["labels"] = {"only"}; });
  EXPECT_EQ(
      message_of([&] { StudentClassifier classifier(directory_); }),
      (directory_ / "config.json").string() + ": limbeck_head: labels: expected at least 2, got 1");
}

TEST_F(DamagedStudent, RefusesAHalfWrittenWeightsFile) {
  std::filesystem::resize_file(directory_ / "model.safetensors", 900);
  EXPECT_THROW(StudentClassifier classifier(directory_), DataError);
}

}  // namespace
}  // namespace limbeck::distill
