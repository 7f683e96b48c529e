#include "distill/evaluate/watched_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::distill {
namespace {

using test::TemporaryDirectory;
using ::testing::ElementsAre;

TEST(WatchedPairs, AreReadByTheNamesOfTheHeader) {
  const TemporaryDirectory folder;
  const TextPairs pairs = read_watched_pairs(
      folder.write("dev.tsv",
                   "index\tgenre\tsentence1\tsentence2\tscore\n0\tnews\tA man.\tA woman.\t1.5\n"
                   "1\tnews\tA \"cat\" sat.\tA cat sat.\t5\n"));
  EXPECT_THAT(pairs.left, ElementsAre("A man.", "A \"cat\" sat."));
  EXPECT_THAT(pairs.right, ElementsAre("A woman.", "A cat sat."));
  EXPECT_THAT(pairs.scores, ElementsAre(1.5, 5.0));
}

TEST(WatchedPairs, RefuseAScoreThatIsNone) {
  const TemporaryDirectory folder;
  const std::string file =
      folder.write("dev.tsv", "sentence1\tsentence2\tscore\na\tb\t1\na\tb\thigh\n");
  EXPECT_THAT(test::error_message<DataError>([&] { read_watched_pairs(file); }),
              testing::StartsWith(file + ":3:"));
}

TEST(WatchedPairs, NeedScoresAndPairs) {
  const TemporaryDirectory folder;
  const std::string plain = folder.write("plain.tsv", "sentence1\tsentence2\na\tb\n");
  EXPECT_EQ(test::error_message<DataError>([&] { read_watched_pairs(plain); }),
            plain + ":1: expected a column named 'score'");
  const std::string single = folder.write("single.tsv", "sentence\tscore\na\t1\n");
  EXPECT_EQ(test::error_message<DataError>([&] { read_watched_pairs(single); }),
            single + ":1: expected sentence1 and sentence2, as the task has pairs");
}

/// Vectors of width 3 by name; the last coordinate stands for a further layer.
nlp::VectorRows vectors(std::span<const std::string> names) {
  nlp::VectorRows rows{static_cast<int64_t>(names.size()), 3, {}};
  for (const std::string& name : names) {
    const float angle = std::stof(name);
    rows.values.insert(rows.values.end(),
                       {2.0f * std::cos(angle), 2.0f * std::sin(angle), 100.0f * angle});
  }
  return rows;
}

TEST(WatchedPairs, SpearmanIsThatOfTheCosines) {
  // Cosines of the angles between: cos 0.1 > cos 0.5 > cos 1.0 > cos 2.0.
  TextPairs pairs{{"0", "0.5", "0", "1"}, {"0.1", "1", "1", "3"}, {4, 3, 2, 1}};
  EXPECT_DOUBLE_EQ(pairs_spearman(pairs, vectors, 2), 1.0);
  pairs.scores = {1, 2, 3, 4};
  EXPECT_DOUBLE_EQ(pairs_spearman(pairs, vectors, 2), -1.0);
  // Ranks 4 3 2 1 against 4 3 1 2: 1 - 6 (0 + 0 + 1 + 1) / (4 * 15) = 0.8.
  pairs.scores = {4, 3, 1, 2};
  EXPECT_NEAR(pairs_spearman(pairs, vectors, 2), 0.8, 1e-12);
}

TEST(WatchedPairs, OnlyTheSentenceVectorCounts) {
  const TextPairs pairs{{"0", "0.5", "0", "1"}, {"0.1", "1", "1", "3"}, {4, 3, 2, 1}};
  EXPECT_NE(pairs_spearman(pairs, vectors, 3), pairs_spearman(pairs, vectors, 2));
}

}  // namespace
}  // namespace limbeck::distill
