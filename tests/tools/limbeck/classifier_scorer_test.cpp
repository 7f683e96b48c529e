#include "tools/limbeck/classifier_scorer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::tools {
namespace {

namespace fs = std::filesystem;
using limbeck::test::error_message;

const fs::path kClassifier =
    fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/student/classify";  // negative, neutral, positive

/// The classifier with other names of its three classes.
fs::path copy_with_labels(const test::TemporaryDirectory& folder, const char* name,
                          const std::vector<std::string>& labels) {
  const fs::path copy = folder / name;
  fs::copy(kClassifier, copy);
  nlohmann::json config = read_json_file(copy / "config.json");
  config["limbeck_head"]["labels"] = labels;
  write_file_atomic(copy / "config.json", config.dump());
  return copy;
}

TEST(ClassifierScorer, TakesHalfOfTheNeutralClass) {
  const nlohmann::json golden = read_json_file(kClassifier / "golden.json");
  const auto texts = golden["texts"].get<std::vector<std::string>>();
  const ClassifierScorer scorer(kClassifier);
  EXPECT_EQ(scorer.method(), "P(positive) + P(neutral) / 2");
  const std::vector<double> scores = scorer.score(texts);
  ASSERT_EQ(scores.size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto logits = golden["logits"][i].get<std::vector<double>>();
    const double negative = std::exp(logits[0]), neutral = std::exp(logits[1]),
                 positive = std::exp(logits[2]);
    // The scorer's weights are int8.
    EXPECT_NEAR(scores[i], (positive + neutral / 2) / (negative + neutral + positive), 0.01) << i;
  }
}

TEST(ClassifierScorer, ClassesWithoutNamesGetThoseGiven) {
  const test::TemporaryDirectory folder;
  const fs::path copy = copy_with_labels(folder, "unnamed", {"LABEL_0", "LABEL_1", "LABEL_2"});
  const auto texts =
      read_json_file(kClassifier / "golden.json")["texts"].get<std::vector<std::string>>();
  const ClassifierScorer named(kClassifier), given(copy, {"negative", "neutral", "positive"}),
      turned(copy, {"positive", "neutral", "negative"});
  const std::vector<double> scores = named.score(texts), others = turned.score(texts);
  EXPECT_EQ(given.score(texts), scores);
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_NEAR(others[i], 1 - scores[i], 1e-12) << i;
  EXPECT_NE(given.source_sha256(), turned.source_sha256());
}

TEST(ClassifierScorer, UnknownClassesAreRefusedByName) {
  const test::TemporaryDirectory folder;
  const fs::path copy = copy_with_labels(folder, "moods", {"joy", "anger", "fear"});
  EXPECT_EQ(error_message<DataError>([&] { ClassifierScorer scorer(copy); }),
            copy.string() +
                ": expected the classes negative and positive, negative, neutral and positive, 1 "
                "to 5 (stars), or very negative to very positive, got joy, anger, fear");
}

}  // namespace
}  // namespace limbeck::tools
