#include "verify/certify/margin.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <map>
#include <span>

#include "verify/region/lp_ball.h"

namespace limbeck::verify {
namespace {

constexpr int64_t kChunk = 512;  // sentences evaluated together

using Chosen = std::map<int64_t, int64_t>;  // position to word

std::vector<Replacement> as_list(const Chosen& chosen) {
  std::vector<Replacement> list;
  for (const auto& [position, word] : chosen) list.push_back({position, word});
  return list;
}

std::vector<Chosen> neighbours(const WordProblem& problem, const Chosen& chosen) {
  std::vector<Chosen> all;
  const bool is_spent = static_cast<int64_t>(chosen.size()) >= problem.budget;
  for (const Replacement& change : replacements_of(problem)) {
    Chosen next = chosen;
    const bool is_free = chosen.contains(change.position) || !is_spent;
    if (is_free) {
      if (chosen.contains(change.position) && chosen.at(change.position) == change.word) continue;
      next[change.position] = change.word;
      all.push_back(std::move(next));
      continue;
    }
    for (const auto& [position, word] : chosen) {
      Chosen moved = chosen;
      moved.erase(position);
      moved[change.position] = change.word;
      all.push_back(std::move(moved));
    }
  }
  for (const auto& [position, word] : chosen) {
    all.push_back(chosen);
    all.back().erase(position);
  }
  return all;
}

/// Logits (N, C) and labels (N, 1) to (N).
at::Tensor margins_of(const at::Tensor& logits, const at::Tensor& labels) {
  const at::Tensor others = logits.scatter(1, labels, -std::numeric_limits<double>::infinity());
  return (logits.gather(1, labels).squeeze(1) - others.amax({1})).to(at::kDouble);
}

}  // namespace

at::Tensor margins(WordModel& model, const at::Tensor& ids, const at::Tensor& labels) {
  const at::Tensor all = labels.expand({ids.size(0)}).unsqueeze(1);
  std::vector<at::Tensor> parts;
  for (int64_t start = 0; start < ids.size(0); start += kChunk) {
    const int64_t count = std::min(kChunk, ids.size(0) - start);
    parts.push_back(
        margins_of(model.logits(ids.narrow(0, start, count)), all.narrow(0, start, count)));
  }
  return at::cat(parts);
}

double replayed_margin(const WordModel& model, const std::vector<int64_t>& words, int64_t label) {
  return margins_of(model.run(at::tensor(words, at::kLong).unsqueeze(0)),
                    at::full({1, 1}, label, at::kLong))
      .item<double>();
}

at::Tensor margins(WordModel& model, const at::Tensor& ids, int64_t label) {
  return margins(model, ids, at::full({1}, label, at::kLong));
}

at::Tensor proved_margins(WordModel& model, const at::Tensor& ids, int64_t label,
                          const BoundOptions& options) {
  constexpr int64_t kTogether = 64;  // sentences bounded together
  if (ids.size(0) == 0) return at::empty({0}, at::kDouble);
  const at::Tensor first = ids[0].contiguous();
  const Graph& graph = model.graph(
      model.layout(std::span(first.data_ptr<int64_t>(), static_cast<size_t>(first.numel()))));
  std::vector<at::Tensor> parts;
  for (int64_t start = 0; start < ids.size(0); start += kTogether) {
    const at::Tensor words =
        model.embed(ids.narrow(0, start, std::min(kTogether, ids.size(0) - start)));
    const int64_t count = words.size(0);
    const LpBall points(words, at::empty({count, 0}, at::kLong),
                        at::zeros({count}, words.options()),
                        std::numeric_limits<double>::infinity());
    WordProblem problem;
    problem.label = label;
    parts.push_back(bound(graph, points,
                          margin_rows({problem}, model.classes(), words.scalar_type()),
                          find_bound_method("ibp"), options)
                        .lower.amin({0}));
  }
  return at::cat(parts);
}

Attack local_search(WordModel& model, const WordProblem& problem, std::vector<Replacement> start) {
  Chosen chosen;
  for (const Replacement& replacement : start) chosen[replacement.position] = replacement.word;
  const at::Tensor first = at::tensor(with_replacements(problem, start), at::kLong).unsqueeze(0);
  double best = margins(model, first, problem.label).item<double>();
  while (true) {
    const std::vector<Chosen> all = neighbours(problem, chosen);
    if (all.empty()) break;
    std::vector<int64_t> ids;
    for (const Chosen& next : all) {
      const std::vector<int64_t> words = with_replacements(problem, as_list(next));
      ids.insert(ids.end(), words.begin(), words.end());
    }
    const at::Tensor value =
        margins(model, at::tensor(ids, at::kLong).view({-1, problem.length()}), problem.label);
    const int64_t index = value.argmin().item<int64_t>();
    const double least = value[index].item<double>();
    if (!(least < best)) break;
    best = least;
    chosen = all[static_cast<size_t>(index)];
  }
  return {best, as_list(chosen)};
}

std::vector<Replacement> best_replacements(const WordProblem& problem, const at::Tensor& gains) {
  const std::vector<Replacement> all = replacements_of(problem);
  const at::Tensor values = gains.to(at::kDouble).contiguous();
  struct Best {
    double gain;
    Replacement replacement;
  };
  std::map<int64_t, Best> by_word;
  for (size_t p = 0; p < all.size(); ++p) {
    const double gain = values.data_ptr<double>()[p];
    if (!(gain < 0)) continue;
    const auto [found, is_new] = by_word.try_emplace(all[p].position, Best{gain, all[p]});
    if (!is_new && gain < found->second.gain) found->second = {gain, all[p]};
  }
  std::vector<Best> best;
  for (const auto& [position, choice] : by_word) best.push_back(choice);
  std::ranges::sort(best, {}, &Best::gain);
  std::vector<Replacement> result;
  for (size_t i = 0; i < best.size() && static_cast<int64_t>(i) < problem.budget; ++i)
    result.push_back(best[i].replacement);
  return result;
}

}  // namespace limbeck::verify
