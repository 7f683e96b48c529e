#include "fairness/metric/text_perplexity.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::fairness {

TextPerplexity text_perplexity(const nlp::CausalModel& model, const std::string& text,
                               const std::vector<std::string>& words,
                               const TextPerplexityOptions& options,
                               const std::function<void(int64_t, int64_t)>& progress) {
  if (!words.empty() && options.windows.stride != 0)
    throw ConfigError("words: expected windows without overlap (leave the stride out)");
  options.windows.validate(model.config().max_positions);
  std::vector<int32_t> ids = model.document_ids(text);
  if (options.most_tokens > 0 && static_cast<int64_t>(ids.size()) > options.most_tokens)
    ids.resize(static_cast<size_t>(options.most_tokens));
  if (ids.size() < 2) throw DataError("perplexity: expected a text of at least two tokens");
  const auto report = [&](int64_t done) {
    if (progress) progress(done, static_cast<int64_t>(ids.size()));
  };
  if (words.empty()) return {nlp::score_tokens(model, ids, options.windows, report), {}};
  const nlp::PhraseMatcher matcher(words);
  const auto context = static_cast<size_t>(options.windows.context);
  TextPerplexity result;
  for (size_t begin = 0; begin < ids.size(); begin += context) {
    const size_t end = std::min(ids.size(), begin + context);
    const std::vector<int32_t> window(ids.begin() + static_cast<int64_t>(begin),
                                      ids.begin() + static_cast<int64_t>(end));
    const nlp::TextScore score = nlp::score_tokens(model, window, options.windows);
    result.all += score;
    if (matcher.contains(model.tokenizer().decode(window))) result.sensitive += score;
    report(static_cast<int64_t>(end));
  }
  return result;
}

}  // namespace limbeck::fairness
