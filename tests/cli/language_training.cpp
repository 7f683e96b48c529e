#include "tests/cli/language_training.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace limbeck::test {
namespace {

std::string place_text() {
  const std::vector<std::string> places = {"Rome", "Oslo", "Lima"};
  const std::vector<std::string> ends = {"the sun is warm", "the rain is cold",
                                         "people sing in the streets"};
  std::string text;
  for (size_t i = 0; i < 120; ++i)
    text += (i % 4 == 3 ? "at home we read and " : "on the roads of " + places[i % 5 % 3] + " ") +
            ends[i % 7 % 3] + " on day " + std::to_string(i) + "\n";
  return text;
}

std::string sentiment_table() {
  std::string table = "sentence\tlabel\n";
  for (int i = 0; i < 60; ++i)
    table += std::string(i % 2 == 0 ? "a good warm day number " : "a cold bad day number ") +
             std::to_string(i) + (i % 2 == 0 ? "\tpositive\n" : "\tnegative\n");
  return table;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

std::vector<std::string> joined(std::vector<std::string> words,
                                const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

LanguageTraining::LanguageTraining() {
  folder_.write("text.txt", place_text());
  folder_.write("places.json",
                R"({"attribute": "place", "templates": ["I come from {value} and", "{value} is"],
                    "values": ["Rome", "Oslo", "Lima"]})");
  folder_.write("sentiment.tsv", sentiment_table());
  folder_.write("lexicon.txt", "the\t1.5\na\t-1.5\ngood\t2\n");
}

std::string LanguageTraining::model() {
  return std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/causal/llama";
}

std::vector<std::string> LanguageTraining::train_words(const std::string& output,
                                                       const std::vector<std::string>& more) const {
  return joined({"train-lm",
                 "--text",
                 folder_ / "text.txt",
                 "--output",
                 folder_ / output,
                 "--vocabulary",
                 "300",
                 "--layers",
                 "2",
                 "--hidden",
                 "16",
                 "--heads",
                 "2",
                 "--context",
                 "16",
                 "--validation-count",
                 "20",
                 "--epochs",
                 "6",
                 "--batch-size",
                 "4",
                 "--checkpoint-every",
                 "5",
                 "--log-every",
                 "3",
                 "--eval-every",
                 "7",
                 "--learning-rate",
                 "0.01",
                 "--threads",
                 "2",
                 "--progress",
                 "never"},
                more);
}

std::vector<std::string> LanguageTraining::debias_words(
    const std::string& output, const std::vector<std::string>& more) const {
  std::vector<std::string> words = joined({"debias",
                                           "--text",
                                           folder_ / "text.txt",
                                           "--templates",
                                           folder_ / "places.json",
                                           "--lexicon",
                                           folder_ / "lexicon.txt",
                                           "--output",
                                           folder_ / output,
                                           "--validation-count",
                                           "30",
                                           "--context",
                                           "32",
                                           "--epochs",
                                           "6",
                                           "--batch-size",
                                           "8",
                                           "--checkpoint-every",
                                           "3",
                                           "--log-every",
                                           "3",
                                           "--eval-every",
                                           "7",
                                           "--threads",
                                           "2",
                                           "--progress",
                                           "never"},
                                          more);
  if (!has(more, "--model")) words.insert(words.end(), {"--model", model()});
  if (!has(more, "--learning-rate")) words.insert(words.end(), {"--learning-rate", "0.01"});
  if (!has(more, "--audit-count")) words.insert(words.end(), {"--audit-count", "0"});
  return words;
}

std::string refusal_of(const LanguageTraining& task, const std::vector<std::string>& words) {
  const Outcome outcome = limbeck(words);
  EXPECT_EQ(outcome.output, "");
  EXPECT_FALSE(std::filesystem::exists(task / "out"));
  return std::to_string(outcome.exit_code) + " " + outcome.error;
}

}  // namespace limbeck::test
