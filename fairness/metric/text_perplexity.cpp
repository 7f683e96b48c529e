#include "fairness/metric/text_perplexity.h"

#include <algorithm>
#include <limits>

#include "nlp/core/errors.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::fairness {

TextPerplexity text_perplexity(const nlp::CausalModel& model, const std::string& text,
                               const std::vector<std::string>& words, int64_t context,
                               int64_t most_tokens,
                               const std::function<void(int64_t, int64_t)>& progress) {
  std::vector<int32_t> ids;
  model.tokenizer().append_ids(text, std::nullopt, std::numeric_limits<int32_t>::max(), ids);
  if (most_tokens > 0 && static_cast<int64_t>(ids.size()) > most_tokens)
    ids.resize(static_cast<size_t>(most_tokens));
  if (ids.size() < 2) throw DataError("perplexity: expected a text of at least two tokens");
  const nlp::PhraseMatcher matcher(words);
  const nlp::PerplexityOptions options{context, 0};
  TextPerplexity result;
  for (size_t begin = 0; begin < ids.size(); begin += static_cast<size_t>(context)) {
    const size_t end = std::min(ids.size(), begin + static_cast<size_t>(context));
    const std::vector<int32_t> window(ids.begin() + static_cast<int64_t>(begin),
                                      ids.begin() + static_cast<int64_t>(end));
    if (window.size() < 2) break;
    const nlp::TextScore score = nlp::score_tokens(model, window, options);
    result.all += score;
    if (matcher.contains(model.tokenizer().decode(window))) result.sensitive += score;
    if (progress) progress(static_cast<int64_t>(end), static_cast<int64_t>(ids.size()));
  }
  return result;
}

}  // namespace limbeck::fairness
