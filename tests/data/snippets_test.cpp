#include "data/snippets.h"

#include <gtest/gtest.h>

#include <set>

#include "data/sentence_set.h"
#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::data {
namespace {

using test::error_message;

class SnippetsTest : public testing::Test {
 protected:
  SnippetsTest() {
    folder_.write("tweets_GroundTruth.txt",
                  "1\t2.5\tYay &amp; &lt;3\r\n2\t0.4\tMeh.\r\n3\t-1.5\tSad.\r\n4\t-2\tsad\r\n");
    folder_.write("amazonReviewSnippets_GroundTruth.txt", "1_1\t1\tWorks.\r\n1_2\t-1\tBroke.\r\n");
    folder_.write("nytEditorialSnippets_GroundTruth.txt", "1_1\t0.0\tSo it goes.\r\n");
    folder_.write("movieReviewSnippets_GroundTruth.txt", "1\t3\tA film I loved dearly.\r\n");
  }

  std::vector<Example> both_splits(const SnippetOptions& options,
                                   const HeldOutText* held_out = nullptr) {
    auto all = load_snippets(folder_.path(), Split::kTrain, options, held_out);
    for (auto& example : load_snippets(folder_.path(), Split::kDev, options, held_out))
      all.push_back(example);
    return all;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(SnippetsTest, LabelsByTheSignOfTheMeanRating) {
  std::set<std::pair<std::string, int>> found;
  for (const Example& example : both_splits({})) found.emplace(example.text, example.label);
  const std::set<std::pair<std::string, int>> expected = {
      {"Yay & <3", 1}, {"Sad.", 0}, {"Works.", 1}, {"Broke.", 0}, {"A film I loved dearly.", 1}};
  EXPECT_EQ(found, expected);
}

TEST_F(SnippetsTest, LeavesOutWhatIsAskedFor) {
  HeldOutText held_out;
  held_out.add("a film i loved dearly .");
  EXPECT_EQ(both_splits({}, &held_out).size(), 4U);
  EXPECT_EQ(both_splits({.include_movies = false}).size(), 4U);
  EXPECT_EQ(both_splits({.neutral_band = 0}).size(), 6U);
  EXPECT_EQ(both_splits({.neutral_band = 2}).size(), 2U);
}

TEST_F(SnippetsTest, NamesDamagedFiles) {
  const auto load = [&] { load_snippets(folder_.path(), Split::kTrain); };
  const std::string file = (folder_ / "tweets_GroundTruth.txt").string();
  folder_.write("tweets_GroundTruth.txt", "1\t2.5\n");
  EXPECT_EQ(error_message<DataError>(load), file + ":1:3: expected 3 columns, got 2");
  folder_.write("tweets_GroundTruth.txt", "1\t9\tx\n");
  EXPECT_EQ(error_message<DataError>(load),
            file + ":1:2: expected a mean rating from -4 to 4, got '9'");
  std::filesystem::remove(file);
  EXPECT_EQ(error_message<DataError>(load),
            file + ": missing (run: limbeck assets fetch snippets)");
  EXPECT_EQ(error_message<ConfigError>([] { SnippetOptions{.neutral_band = -1}.validate(); }),
            "neutral_band: expected 0 to 4, got -1.000000");
}

TEST(Snippets, RealOnesSplitByDocument) {
  LIMBECK_NEEDS_ASSET("snippets");
  const auto train = load_task("snippets", test::asset_cache("snippets"), Split::kTrain);
  const auto dev = load_task("snippets", test::asset_cache("snippets"), Split::kDev);
  EXPECT_GT(train.size(), 15'000U);
  EXPECT_GT(dev.size(), 1'500U);
  std::set<std::string> documents;
  for (const Example& example : train) documents.insert(example.id.substr(0, example.id.find('_')));
  for (const Example& example : dev)
    ASSERT_FALSE(documents.contains(example.id.substr(0, example.id.find('_')))) << example.id;
}

/// 140 of the 872 sentences are only parts of a snippet.
TEST(Snippets, HoldNoSentenceOfTheSstDevSetWhenItIsHeldOut) {
  LIMBECK_NEEDS_ASSET("snippets");
  LIMBECK_NEEDS_SHARED_DATA("glue/SST-2/dev.tsv");
  HeldOutText held_out;
  const auto sst = load_task("sst2", test::shared_data() / "glue", Split::kDev);
  for (const Example& example : sst) held_out.add(example.text);
  const auto folder = test::asset_cache("snippets");
  std::string text;
  size_t left = 0, all = 0;
  for (const Split split : {Split::kTrain, Split::kDev}) {
    all += load_snippets(folder, split, {.neutral_band = 0}).size();
    for (const Example& example : load_snippets(folder, split, {.neutral_band = 0}, &held_out)) {
      text += sentence_key(example.text) + "|";
      ++left;
    }
  }
  EXPECT_GT(all - left, 732U);
  for (const Example& example : sst) {
    const std::string key = sentence_key(example.text);
    if (key.size() >= HeldOutText::kMinPartLength) {
      ASSERT_EQ(text.find(key), std::string::npos) << example.text;
    }
  }
}

}  // namespace
}  // namespace limbeck::data
