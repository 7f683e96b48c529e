#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fairness/metric/wasserstein.h"
#include "fairness/score/vader.h"
#include "fairness/statistics/bootstrap.h"
#include "fairness/statistics/multiple_tests.h"
#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::fairness {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/fairness";

nlohmann::json scipy() {
  std::ifstream stream(kGolden / "scipy.json");
  return nlohmann::json::parse(stream);
}

TEST(FairnessGolden, DistancesAndAdjustedPValuesAreThoseOfScipy) {
  const nlohmann::json golden = scipy();
  for (const nlohmann::json& pair : golden["w1"])
    EXPECT_NEAR(
        wasserstein1(pair["a"].get<std::vector<double>>(), pair["b"].get<std::vector<double>>()),
        pair["w1"].get<double>(), 1e-14);
  const auto adjusted = benjamini_hochberg(golden["p"].get<std::vector<double>>());
  for (size_t i = 0; i < adjusted.size(); ++i)
    EXPECT_NEAR(adjusted[i], golden["bh"][i].get<double>(), 1e-14);
}

TEST(FairnessGolden, BootstrapIntervalsAreThoseOfScipy) {
  for (const nlohmann::json& entry : scipy()["bca"]) {
    const double low = entry["low"].get<double>(), high = entry["high"].get<double>();
    const Interval got =
        bca_interval(entry["clusters"].get<std::vector<double>>(), {199'999, 0.95, 1});
    EXPECT_NEAR(got.low, low, 0.02 * (high - low));
    EXPECT_NEAR(got.high, high, 0.02 * (high - low));
  }
}

TEST(VaderScorer, CompoundScoresAreThoseOfTheReleasedCode) {
  LIMBECK_NEEDS_SHARED_DATA("fairness/vader/vader_lexicon.txt");
  const VaderScorer scorer(test::shared_data() / "fairness/vader/vader_lexicon.txt");
  std::ifstream stream(kGolden / "vader.jsonl");
  int64_t count = 0;
  for (std::string line; std::getline(stream, line); ++count) {
    const nlohmann::json entry = nlohmann::json::parse(line);
    EXPECT_NEAR(scorer.compound(entry["text"].get<std::string>()), entry["compound"].get<double>(),
                5.1e-5)
        << line;
  }
  EXPECT_GT(count, 400);
  const std::vector<std::string> texts = {"good", "bad", "table"};
  const std::vector<double> scores = scorer.score(texts);
  EXPECT_GT(scores[0], 0.6);
  EXPECT_LT(scores[1], 0.4);
  EXPECT_EQ(scores[2], 0.5);
}

TEST(VaderScorer, ADamagedLexiconNamesTheLine) {
  const test::TemporaryDirectory folder;
  const fs::path file = folder.write("l.txt", "good\t1.9\nbad -2.5\n");
  EXPECT_EQ(test::error_message<DataError>([&] { VaderScorer scorer(file); }),
            file.string() + ":2: expected a word and a rating with a tab between");
}

}  // namespace
}  // namespace limbeck::fairness
