#include "fairness/score/sentiment_classes.h"

#include <algorithm>
#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/text/letter_case.h"

namespace limbeck::fairness {
namespace {

/// Names of the classes of one kind of model, the worst first; in each the ways to write it.
struct Scale {
  const char* method;
  std::vector<std::vector<std::string>> classes;
};

const std::vector<Scale>& scales() {
  static const std::vector<Scale> all = {
      {"P(positive)", {{"negative", "neg", "0", "label_0"}, {"positive", "pos", "1", "label_1"}}},
      {"P(positive) + P(neutral) / 2",
       {{"negative", "neg"}, {"neutral", "neu"}, {"positive", "pos"}}},
      {"(expected stars - 1) / 4",
       {{"1", "1 star"}, {"2", "2 stars"}, {"3", "3 stars"}, {"4", "4 stars"}, {"5", "5 stars"}}},
      {"the mean of 0 (very negative), 1/4, 1/2, 3/4, 1 (very positive)",
       {{"very negative"}, {"negative"}, {"neutral"}, {"positive"}, {"very positive"}}}};
  return all;
}

/// The place of each label on the scale; empty when some label has none or two have the same.
std::vector<size_t> places(const Scale& scale, const std::vector<std::string>& labels) {
  std::vector<size_t> found;
  if (labels.size() != scale.classes.size()) return {};
  for (const std::string& label : labels) {
    std::string name = nlp::lowercased(label);
    if (name.starts_with("very_")) name[4] = ' ';
    const auto place = std::ranges::find_if(scale.classes, [&](const auto& names) {
      return std::ranges::find(names, name) != names.end();
    });
    const auto index = static_cast<size_t>(place - scale.classes.begin());
    if (place == scale.classes.end() || std::ranges::count(found, index) > 0) return {};
    found.push_back(index);
  }
  return found;
}

std::string joined_names(const std::vector<std::string>& labels) {
  std::string names;
  for (const std::string& label : labels) names += (names.empty() ? "" : ", ") + label;
  return names.empty() ? "none" : names;
}

}  // namespace

double SentimentClasses::score(std::span<const float> logits) const {
  const auto most = static_cast<double>(*std::ranges::max_element(logits));
  double sum = 0, all = 0;
  for (size_t c = 0; c < scores.size(); ++c) {
    const double weight = std::exp(static_cast<double>(logits[c]) - most);
    all += weight;
    sum += weight * scores[c];
  }
  return sum / all;
}

bool are_unnamed(const std::vector<std::string>& labels) {
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i] != "LABEL_" + std::to_string(i)) return false;
  return !labels.empty();
}

SentimentClasses sentiment_classes(const std::vector<std::string>& labels, const std::string& where,
                                   const std::vector<std::string>& names) {
  const bool is_unnamed = are_unnamed(labels);
  if (is_unnamed && !names.empty()) {
    if (names.size() != labels.size())
      throw DataError(where + ": expected the names of " + std::to_string(labels.size()) +
                      " classes, got " + joined_names(names));
    return sentiment_classes(names, where);
  }
  for (const Scale& scale : scales()) {
    const std::vector<size_t> found = places(scale, labels);
    if (found.empty()) continue;
    SentimentClasses classes{{}, scale.method};
    for (const size_t place : found)
      classes.scores.push_back(static_cast<double>(place) /
                               static_cast<double>(scale.classes.size() - 1));
    return classes;
  }
  throw DataError(where +
                  ": expected the classes negative and positive, negative, neutral and positive, "
                  "1 to 5 (stars), or very negative to very positive, got " +
                  joined_names(labels) +
                  (is_unnamed ? " (--scorer-classes names them, in this order)" : ""));
}

}  // namespace limbeck::fairness
