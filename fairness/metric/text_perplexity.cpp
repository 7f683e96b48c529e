#include "fairness/metric/text_perplexity.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::fairness {

TextPerplexity text_perplexity(const nlp::CausalModel& model, const std::string& text,
                               const std::vector<WordList>& lists,
                               const TextPerplexityOptions& options,
                               const std::function<void(int64_t, int64_t)>& progress) {
  if (!lists.empty() && options.windows.stride != 0)
    throw ConfigError("words: expected windows without overlap (leave the stride out)");
  options.windows.validate(model.config().max_positions);
  std::vector<int32_t> ids = model.document_ids(text);
  if (options.most_tokens > 0 && static_cast<int64_t>(ids.size()) > options.most_tokens)
    ids.resize(static_cast<size_t>(options.most_tokens));
  if (ids.size() < 2) throw DataError("perplexity: expected a text of at least two tokens");
  const auto report = [&](int64_t done) {
    if (progress) progress(done, static_cast<int64_t>(ids.size()));
  };
  if (lists.empty()) return {nlp::score_tokens(model, ids, options.windows, report), {}, {}};
  std::vector<nlp::PhraseMatcher> matchers;
  for (const WordList& list : lists) matchers.emplace_back(list.words);
  const auto context = static_cast<size_t>(options.windows.context);
  TextPerplexity result;
  for (const WordList& list : lists) result.lists.push_back({list.name, {}});
  for (size_t begin = 0; begin < ids.size(); begin += context) {
    const size_t end = std::min(ids.size(), begin + context);
    const std::vector<int32_t> window(ids.begin() + static_cast<int64_t>(begin),
                                      ids.begin() + static_cast<int64_t>(end));
    const nlp::TextScore score = nlp::score_tokens(model, window, options.windows);
    result.all += score;
    const std::string decoded = model.tokenizer().decode(window);
    bool is_sensitive = false;
    for (size_t i = 0; i < matchers.size(); ++i)
      if (matchers[i].contains(decoded)) {
        result.lists[i].score += score;
        is_sensitive = true;
      }
    if (is_sensitive) result.sensitive += score;
    report(static_cast<int64_t>(end));
  }
  return result;
}

}  // namespace limbeck::fairness
