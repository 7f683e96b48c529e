#include "fairness/metric/distinct_words.h"

#include <algorithm>
#include <map>
#include <set>

#include "fairness/metric/text_words.h"

namespace limbeck::fairness {
namespace {

/// In how many texts each word stands.
std::map<std::string, int64_t> text_counts(std::span<const std::string> texts) {
  std::map<std::string, int64_t> counts;
  for (const std::string& text : texts) {
    const std::vector<std::string> words = words_of(text);
    for (const std::string& word : std::set<std::string>(words.begin(), words.end()))
      ++counts[word];
  }
  return counts;
}

}  // namespace

std::vector<DistinctWord> distinct_words(std::span<const std::string> own,
                                         std::span<const std::string> other, int64_t count,
                                         int64_t least) {
  const auto mine = text_counts(own), theirs = text_counts(other);
  const double scale =
      (static_cast<double>(other.size()) + 1) / (static_cast<double>(own.size()) + 1);
  std::vector<DistinctWord> words;
  for (const auto& [word, texts] : mine) {
    if (texts < least) continue;
    const auto found = theirs.find(word);
    const int64_t rest = found == theirs.end() ? 0 : found->second;
    const double ratio =
        scale * (static_cast<double>(texts) + 0.5) / (static_cast<double>(rest) + 0.5);
    if (ratio > 1) words.push_back({word, ratio, texts, rest});
  }
  std::stable_sort(words.begin(), words.end(),
                   [](const DistinctWord& x, const DistinctWord& y) { return x.ratio > y.ratio; });
  if (static_cast<int64_t>(words.size()) > count) words.resize(static_cast<size_t>(count));
  return words;
}

}  // namespace limbeck::fairness
