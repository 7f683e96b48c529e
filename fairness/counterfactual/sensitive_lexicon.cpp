#include "fairness/counterfactual/sensitive_lexicon.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "fairness/template/agreement.h"
#include "nlp/core/errors.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::fairness {
namespace {

/// The article at the end of "... a " or "... An "; empty when another word stands there.
std::string_view last_article(std::string_view before) {
  if (!before.ends_with(' ')) return {};
  before.remove_suffix(1);
  const std::string_view word = before.substr(before.rfind(' ') + 1);
  for (const char* article : {"a", "an", "A", "An"})
    if (word == article) return word;
  return {};
}

}  // namespace

SensitiveLexicon::SensitiveLexicon(std::span<const TemplateSet> sets) {
  std::map<std::string, std::string> seen;
  for (size_t s = 0; s < sets.size(); ++s)
    for (const AttributeValue& value : sets[s].values) {
      const auto [found, is_new] = seen.emplace(value.text, sets[s].attribute);
      if (!is_new)
        throw ConfigError("value '" + value.text + "' stands in the attributes '" + found->second +
                          "' and '" + sets[s].attribute + "'");
      values_.push_back(value);
      attribute_.push_back(static_cast<int64_t>(s));
    }
  if (values_.empty()) throw ConfigError("lexicon: expected an attribute with values, got none");
  by_length_.resize(values_.size());
  std::iota(by_length_.begin(), by_length_.end(), int64_t{0});
  std::stable_sort(by_length_.begin(), by_length_.end(), [&](int64_t a, int64_t b) {
    return values_[static_cast<size_t>(a)].text.size() >
           values_[static_cast<size_t>(b)].text.size();
  });
}

std::vector<int64_t> SensitiveLexicon::alternatives(int64_t value) const {
  std::vector<int64_t> others;
  for (size_t i = 0; i < values_.size(); ++i)
    if (static_cast<int64_t>(i) != value && attribute_[i] == attribute_[static_cast<size_t>(value)])
      others.push_back(static_cast<int64_t>(i));
  return others;
}

std::vector<Mention> SensitiveLexicon::find(std::string_view text) const {
  std::vector<Mention> found;
  for (const int64_t value : by_length_) {
    const std::string& word = values_[static_cast<size_t>(value)].text;
    for (size_t at = nlp::PhraseMatcher::find(text, word, 0); at != std::string_view::npos;
         at = nlp::PhraseMatcher::find(text, word, at + word.size())) {
      const nlp::TextSpan span{static_cast<int32_t>(at), static_cast<int32_t>(at + word.size())};
      const bool is_taken = std::ranges::any_of(found, [&](const Mention& other) {
        return span.begin < other.bytes.end && other.bytes.begin < span.end;
      });
      if (!is_taken) found.push_back({value, span});
    }
  }
  std::ranges::sort(found, {}, [](const Mention& mention) { return mention.bytes.begin; });
  return found;
}

std::string SensitiveLexicon::swapped_prefix(std::string_view text, const Mention& mention,
                                             int64_t value) const {
  std::string_view before = text.substr(0, static_cast<size_t>(mention.bytes.begin));
  const AttributeValue& swapped = values_[static_cast<size_t>(value)];
  const std::string_view article = last_article(before);
  if (article.empty()) return std::string(before) + swapped.text;
  std::string agreed = article_of(swapped);
  if (article.front() == 'A') agreed.front() = 'A';
  before.remove_suffix(article.size() + 1);
  return std::string(before) + agreed + " " + swapped.text;
}

}  // namespace limbeck::fairness
