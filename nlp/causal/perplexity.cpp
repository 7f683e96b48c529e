#include "nlp/causal/perplexity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nlp/causal/sampling.h"
#include "nlp/core/errors.h"
#include "nlp/core/threads.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kLogitRows = 128;    ///< rows of scores held at once
constexpr int64_t kPassTokens = 1024;  ///< tokens of the windows that are taken together

struct Window {
  int64_t begin, end;
  int64_t scored;  ///< index of the first token that it scores
};

std::vector<Window> windows(int64_t tokens, const PerplexityOptions& options) {
  const int64_t stride = options.stride == 0 ? options.context : options.stride;
  std::vector<Window> all;
  int64_t scored = 1;
  for (int64_t begin = 0; begin < tokens; begin += stride) {
    const int64_t end = std::min(tokens, begin + options.context);
    if (end - std::max(begin + 1, scored) > 0)
      all.push_back({begin, end, std::max(begin + 1, scored)});
    scored = std::max(scored, end);
    if (end == tokens) break;
  }
  return all;
}

/// Adds the scores of one window, whose states (one a token) start at `states`.
void add_window(const CausalModel& model, std::span<const int32_t> ids, const Window& window,
                const float* states, CausalWorkspace& workspace, TextScore& score) {
  const int64_t width = model.config().hidden_size, vocabulary = model.config().vocabulary_size;
  std::vector<double> losses(kLogitRows);
  for (int64_t at = window.scored; at < window.end; at += kLogitRows) {
    const int64_t rows = std::min(kLogitRows, window.end - at);
    const float* logits = model.logits(states + (at - 1 - window.begin) * width, rows, workspace);
    parallel_for(rows, 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const std::span<const float> row(logits + r * vocabulary, static_cast<size_t>(vocabulary));
        losses[static_cast<size_t>(r)] =
            log_sum_exp(row) -
            static_cast<double>(row[static_cast<size_t>(ids[static_cast<size_t>(at + r)])]);
      }
    });
    for (int64_t r = 0; r < rows; ++r)
      score.negative_log_likelihood += losses[static_cast<size_t>(r)];
    score.tokens += rows;
  }
}

}  // namespace

PerplexityOptions PerplexityOptions::of_model(int64_t max_positions) const {
  return {context == 0 ? std::min<int64_t>(512, max_positions) : context, stride};
}

void PerplexityOptions::validate(int64_t max_positions) const {
  if (context < 2 || context > max_positions)
    throw ConfigError("context: expected 2 to " + std::to_string(max_positions) + ", got " +
                      std::to_string(context));
  if (stride < 0 || stride > context)
    throw ConfigError("stride: expected 0 to " + std::to_string(context) + ", got " +
                      std::to_string(stride));
}

double TextScore::perplexity() const {
  if (tokens == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::exp(negative_log_likelihood / static_cast<double>(tokens));
}

TextScore& TextScore::operator+=(const TextScore& other) {
  tokens += other.tokens;
  negative_log_likelihood += other.negative_log_likelihood;
  return *this;
}

TextScore score_tokens(const CausalModel& model, std::span<const int32_t> ids,
                       const PerplexityOptions& options,
                       const std::function<void(int64_t)>& progress) {
  options.validate(model.config().max_positions);
  const std::vector<Window> all = windows(static_cast<int64_t>(ids.size()), options);
  const int64_t group = std::max<int64_t>(1, kPassTokens / options.context);
  std::vector<std::unique_ptr<KeyValueStore>> stores;
  CausalWorkspace workspace;
  TextScore score;
  for (size_t first = 0; first < all.size(); first += static_cast<size_t>(group)) {
    const size_t last = std::min(all.size(), first + static_cast<size_t>(group));
    std::vector<TokenRun> runs;
    for (size_t w = first; w < last; ++w) {
      if (stores.size() == w - first)
        stores.push_back(std::make_unique<KeyValueStore>(model.config(), options.context));
      stores[w - first]->clear();
      const auto begin = static_cast<size_t>(all[w].begin);
      runs.push_back({ids.subspan(begin, static_cast<size_t>(all[w].end) - begin),
                      stores[w - first].get(), nullptr, true});
    }
    const CausalStates states = model.forward(runs, workspace);
    const float* at = states.rows;
    for (size_t w = first; w < last; ++w) {
      add_window(model, ids, all[w], at, workspace, score);
      at += (all[w].end - all[w].begin) * model.config().hidden_size;
    }
    if (progress) progress(all[last - 1].end);
  }
  return score;
}

}  // namespace limbeck::nlp
