#include "fairness/score/sentiment_classes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"

namespace limbeck::fairness {
namespace {

using limbeck::test::error_message;

std::vector<double> scores_of(const std::vector<std::string>& labels) {
  return sentiment_classes(labels, "m").scores;
}

TEST(SentimentClasses, NamesTellWhatClassesAreWorthInAnyOrder) {
  EXPECT_EQ(scores_of({"negative", "positive"}), (std::vector<double>{0, 1}));
  EXPECT_EQ(scores_of({"POS", "NEG"}), (std::vector<double>{1, 0}));
  EXPECT_EQ(scores_of({"0", "1"}), (std::vector<double>{0, 1}));
  EXPECT_EQ(scores_of({"LABEL_0", "LABEL_1"}), (std::vector<double>{0, 1}));
  EXPECT_EQ(scores_of({"positive", "negative", "neutral"}), (std::vector<double>{1, 0, 0.5}));
  EXPECT_EQ(scores_of({"NEG", "NEU", "POS"}), (std::vector<double>{0, 0.5, 1}));
  EXPECT_EQ(scores_of({"Very Negative", "Negative", "Neutral", "Positive", "very_positive"}),
            (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
}

// "1" was once taken for the positive class of a model of five stars.
TEST(SentimentClasses, FiveStarsGiveTheirExpectedNumber) {
  for (const auto& labels : {std::vector<std::string>{"1", "2", "3", "4", "5"},
                             {"1 star", "2 stars", "3 stars", "4 stars", "5 stars"}}) {
    const SentimentClasses stars = sentiment_classes(labels, "m");
    EXPECT_EQ(stars.scores, (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
    EXPECT_EQ(stars.method, "(expected stars - 1) / 4");
    const std::vector<float> even(5, 0.3f), best = {-99, -99, -99, -99, 99},
                                            worst = {99, -99, -99, -99, -99};
    EXPECT_NEAR(stars.score(even), 0.5, 1e-15);
    EXPECT_EQ(stars.score(best), 1);
    EXPECT_NEAR(stars.score(worst), 0, 1e-80);
    // Four stars with probability 1/4, five with 3/4: (4.75 - 1) / 4.
    const std::vector<float> mixed = {-99, -99, -99, 0, std::log(3.0f)};
    EXPECT_NEAR(stars.score(mixed), 3.75 / 4, 1e-7);
  }
}

TEST(SentimentClasses, ANeutralTextIsHalfway) {
  const SentimentClasses three = sentiment_classes({"negative", "neutral", "positive"}, "m");
  EXPECT_EQ(three.method, "P(positive) + P(neutral) / 2");
  // Probabilities .2, .3, .5.
  const std::vector<float> logits = {std::log(2.0f), std::log(3.0f), std::log(5.0f)};
  EXPECT_NEAR(three.score(logits), 0.65, 1e-7);
  EXPECT_TRUE(std::isnan(three.score(std::vector<float>{0, std::nanf(""), 0})));
  EXPECT_TRUE(std::isnan(three.score(std::vector<float>{std::nanf(""), 0, 0})));
}

TEST(SentimentClasses, LabelsThatSayNothingCanBeNamed) {
  const std::vector<std::string> three = {"LABEL_0", "LABEL_1", "LABEL_2"},
                                 names = {"positive", "neutral", "negative"};
  EXPECT_EQ(sentiment_classes(three, "m", names).scores, (std::vector<double>{1, 0.5, 0}));
  EXPECT_EQ(sentiment_classes({"LABEL_0", "LABEL_1"}, "m", {"positive", "negative"}).scores,
            (std::vector<double>{1, 0}));
  // Names of their own stay.
  EXPECT_EQ(sentiment_classes({"NEG", "NEU", "POS"}, "m", names).scores,
            (std::vector<double>{0, 0.5, 1}));
  EXPECT_EQ(error_message<DataError>([&] {
              sentiment_classes({"LABEL_0", "LABEL_1"}, "m", names);
            }),
            "m: expected the names of 2 classes, got positive, neutral, negative");
  EXPECT_EQ(error_message<DataError>([&] {
              sentiment_classes(three, "m", {"a", "b", "c"});
            }),
            "m: expected the classes negative and positive, negative, neutral and positive, 1 to 5 "
            "(stars), or very negative to very positive, got a, b, c");
}

TEST(SentimentClasses, OtherNamesAreRefused) {
  const std::string expected =
      "dir: expected the classes negative and positive, negative, neutral and positive, 1 to 5 "
      "(stars), or very negative to very positive, got ";
  const auto refused = [](const std::vector<std::string>& labels) {
    return error_message<DataError>([&] { sentiment_classes(labels, "dir"); });
  };
  EXPECT_EQ(refused({"joy", "anger", "positive"}), expected + "joy, anger, positive");
  EXPECT_EQ(refused({"positive", "positive"}), expected + "positive, positive");
  EXPECT_EQ(refused({"LABEL_0", "LABEL_1", "LABEL_2"}),
            expected +
                "LABEL_0, LABEL_1, LABEL_2 "
                "(--scorer-classes names them, in this order)");
  EXPECT_EQ(refused({"1", "2", "3"}), expected + "1, 2, 3");
  EXPECT_EQ(refused({"positive"}), expected + "positive");
  EXPECT_EQ(refused({}), expected + "none");
}

}  // namespace
}  // namespace limbeck::fairness
