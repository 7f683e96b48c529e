#include "fairness/train/sentiment_examples.h"

#include <algorithm>
#include <cmath>

#include "data/asset.h"
#include "data/snippets.h"
#include "data/task.h"
#include "fairness/score/vader.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"

namespace limbeck::fairness {
namespace {

constexpr double kClear = 0.7;  ///< |compound| of a sentence that is taken
constexpr int64_t kFewest = 10;

SentimentExamples from_examples(const std::vector<data::Example>& examples, std::string source) {
  SentimentExamples found;
  found.source = std::move(source);
  for (const data::Example& example : examples) {
    found.texts.push_back(example.text);
    found.labels.push_back(example.label);
  }
  return found;
}

SentimentExamples from_vader(const DebiasOptions& options, const std::vector<std::string>& text) {
  const VaderScorer vader(options.lexicon.empty()
                              ? data::require_asset("lexicon") / "vader_lexicon.txt"
                              : std::filesystem::path(options.lexicon));
  SentimentExamples found;
  found.source = "lines of the text, by VADER";
  for (const std::string& line : text) {
    const double compound = vader.compound(line);
    if (std::abs(compound) < kClear) continue;
    found.texts.push_back(line);
    found.labels.push_back(compound > 0 ? 1 : 0);
  }
  return found;
}

SentimentExamples from_file(const std::string& file) {
  const data::CustomTask custom = data::load_tsv_task(file, file);
  if (custom.task.labels.size() != 2 || custom.task.is_pair)
    throw DataError(file + ": expected single sentences with two labels, got " +
                    std::to_string(custom.task.labels.size()) + " labels" +
                    (custom.task.is_pair ? " and pairs" : ""));
  return from_examples(custom.train, file);
}

void keep(SentimentExamples& examples, const std::vector<int64_t>& kept) {
  std::vector<std::string> texts;
  std::vector<int64_t> labels;
  for (const int64_t i : kept) {
    texts.push_back(std::move(examples.texts[static_cast<size_t>(i)]));
    labels.push_back(examples.labels[static_cast<size_t>(i)]);
  }
  examples.texts = std::move(texts);
  examples.labels = std::move(labels);
}

void leave_out(SentimentExamples& examples, const data::HeldOutText& prompts) {
  const auto count = static_cast<int64_t>(examples.texts.size());
  std::vector<int64_t> kept;
  for (int64_t i = 0; i < count; ++i)
    if (!prompts.is_in(examples.texts[static_cast<size_t>(i)])) kept.push_back(i);
  examples.template_lines = count - static_cast<int64_t>(kept.size());
  keep(examples, kept);
}

void keep_some(SentimentExamples& examples, int64_t limit, uint64_t seed) {
  const auto count = static_cast<int64_t>(examples.texts.size());
  if (limit == 0 || count <= limit) return;
  std::vector<int64_t> kept = RandomStream(seed, "sentiment/limit").permutation(count);
  kept.resize(static_cast<size_t>(limit));
  std::ranges::sort(kept);
  keep(examples, kept);
}

}  // namespace

SentimentExamples read_sentiment_examples(const DebiasOptions& options,
                                          const std::vector<std::string>& text,
                                          const data::HeldOutText& prompts, uint64_t seed) {
  SentimentExamples examples =
      options.sentiment == "snippets"
          ? from_examples(data::load_snippets(data::require_asset("snippets"), data::Split::kTrain),
                          "rated snippets")
      : options.sentiment == "vader" ? from_vader(options, text)
                                     : from_file(options.sentiment);
  leave_out(examples, prompts);
  keep_some(examples, options.sentiment_limit, seed);
  for (const int64_t label : {0, 1}) {
    const int64_t count = std::ranges::count(examples.labels, label);
    if (count < kFewest)
      throw DataError("--sentiment: expected at least " + std::to_string(kFewest) +
                      (label == 1 ? " positive" : " negative") + " sentences, got " +
                      std::to_string(count) + " (" + examples.source + ")");
  }
  return examples;
}

}  // namespace limbeck::fairness
