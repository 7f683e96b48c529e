#include "fairness/metric/text_perplexity.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::fairness {
namespace {

std::vector<int32_t> text_ids(const nlp::CausalModel& model, const std::string& text,
                              const TextPerplexityOptions& options) {
  options.windows.validate(model.config().max_positions);
  std::vector<int32_t> ids = model.document_ids(text);
  if (options.most_tokens > 0 && static_cast<int64_t>(ids.size()) > options.most_tokens)
    ids.resize(static_cast<size_t>(options.most_tokens));
  if (ids.size() < 2) throw DataError("perplexity: expected a text of at least two tokens");
  return ids;
}

/// Calls `visit(window, end)` for windows without overlap; false stops.
template <class Visit>
void each_window(const std::vector<int32_t>& ids, int64_t context, Visit visit) {
  const auto width = static_cast<size_t>(context);
  for (size_t begin = 0; begin < ids.size(); begin += width) {
    const size_t end = std::min(ids.size(), begin + width);
    const std::vector<int32_t> window(ids.begin() + static_cast<int64_t>(begin),
                                      ids.begin() + static_cast<int64_t>(end));
    if (!visit(window, static_cast<int64_t>(end))) return;
  }
}

std::vector<nlp::PhraseMatcher> matchers_of(const std::vector<WordList>& lists) {
  std::vector<nlp::PhraseMatcher> matchers;
  for (const WordList& list : lists) matchers.emplace_back(list.words);
  return matchers;
}

}  // namespace

bool has_sensitive_window(const nlp::CausalModel& model, const std::string& text,
                          const std::vector<WordList>& lists,
                          const TextPerplexityOptions& options) {
  const std::vector<nlp::PhraseMatcher> matchers = matchers_of(lists);
  bool found = false;
  each_window(text_ids(model, text, options), options.windows.context,
              [&](const std::vector<int32_t>& window, int64_t) {
                const std::string decoded = model.tokenizer().decode(window);
                found = window.size() > 1 &&
                        std::ranges::any_of(matchers, [&](const nlp::PhraseMatcher& matcher) {
                          return matcher.contains(decoded);
                        });
                return !found;
              });
  return found;
}

TextPerplexity text_perplexity(const nlp::CausalModel& model, const std::string& text,
                               const std::vector<WordList>& lists,
                               const TextPerplexityOptions& options,
                               const std::function<void(int64_t, int64_t)>& progress) {
  if (!lists.empty() && options.windows.stride != 0)
    throw ConfigError("words: expected windows without overlap (leave the stride out)");
  const std::vector<int32_t> ids = text_ids(model, text, options);
  const auto report = [&](int64_t done) {
    if (progress) progress(done, static_cast<int64_t>(ids.size()));
  };
  if (lists.empty()) return {nlp::score_tokens(model, ids, options.windows, report), {}, {}};
  const std::vector<nlp::PhraseMatcher> matchers = matchers_of(lists);
  TextPerplexity result;
  for (const WordList& list : lists) result.lists.push_back({list.name, {}});
  each_window(ids, options.windows.context, [&](const std::vector<int32_t>& window, int64_t end) {
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
    report(end);
    return true;
  });
  return result;
}

}  // namespace limbeck::fairness
