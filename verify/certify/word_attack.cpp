#include "verify/certify/word_attack.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/autograd.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "verify/certify/margin.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {
namespace {

constexpr int64_t kBeam = 4;
constexpr int kGradientSteps = 2;        // each from where the last one led
constexpr double kLeastForBeam = 16384;  // sentences; fewer are enumerated in no time

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

/// With one more word replaced, while the budget lasts.
std::vector<Chosen> grown(const WordProblem& problem, const Chosen& chosen) {
  std::vector<Chosen> all;
  if (static_cast<int64_t>(chosen.size()) >= problem.budget) return all;
  for (const Replacement& change : replacements_of(problem)) {
    if (chosen.contains(change.position)) continue;
    all.push_back(chosen);
    all.back()[change.position] = change.word;
  }
  return all;
}

/// Margins of the sentences with these replacements.
at::Tensor margins_of(WordModel& model, const WordProblem& problem,
                      const std::vector<Chosen>& all) {
  std::vector<int64_t> ids;
  for (const Chosen& chosen : all) {
    const std::vector<int64_t> words = with_replacements(problem, as_list(chosen));
    ids.insert(ids.end(), words.begin(), words.end());
  }
  return margins(model, at::tensor(ids, at::kLong).view({-1, problem.length()}), problem.label);
}

}  // namespace

Attack local_search(WordModel& model, const WordProblem& problem, std::vector<Replacement> start) {
  Chosen chosen;
  for (const Replacement& replacement : start) chosen[replacement.position] = replacement.word;
  double best = margins_of(model, problem, {chosen}).item<double>();
  while (true) {
    const std::vector<Chosen> all = neighbours(problem, chosen);
    if (all.empty()) break;
    const at::Tensor value = margins_of(model, problem, all);
    const int64_t index = value.argmin().item<int64_t>();
    const double least = value[index].item<double>();
    if (!(least < best)) break;
    best = least;
    chosen = all[static_cast<size_t>(index)];
  }
  return {best, as_list(chosen)};
}

Attack beam_search(WordModel& model, const WordProblem& problem, int64_t width) {
  std::vector<Chosen> kept = {{}};
  std::set<Chosen> seen(kept.begin(), kept.end());
  Attack best = {margins_of(model, problem, kept).item<double>(), {}};
  while (best.margin > 0) {
    std::vector<Chosen> all;
    for (const Chosen& chosen : kept)
      for (Chosen& next : grown(problem, chosen))
        if (seen.insert(next).second) all.push_back(std::move(next));
    if (all.empty()) break;
    const at::Tensor value = margins_of(model, problem, all);
    const int64_t count = std::min(width, value.size(0));
    const auto [least, index] = value.topk(count, 0, /*largest=*/false);
    kept.clear();
    for (int64_t i = 0; i < count; ++i)
      kept.push_back(all[static_cast<size_t>(index[i].item<int64_t>())]);
    if (!(least[0].item<double>() < best.margin)) break;
    best = {least[0].item<double>(), as_list(kept.front())};
  }
  return best;
}

std::vector<Replacement> gradient_replacements(WordModel& model, const WordProblem& problem,
                                               const std::vector<Replacement>& made) {
  const std::vector<Replacement> all = replacements_of(problem);
  if (all.empty()) return {};
  const std::vector<int64_t> now = with_replacements(problem, made);
  std::vector<int64_t> ids = now;
  for (const Replacement& replacement : all) {
    std::vector<int64_t> words = now;
    words[static_cast<size_t>(replacement.position)] = replacement.word;
    ids.insert(ids.end(), words.begin(), words.end());
  }
  const at::Tensor words =
      model.embed(at::tensor(ids, at::kLong).view({-1, problem.length()})).detach();
  const Graph& graph = model.graph(model.layout(now));
  const at::AutoGradMode with_gradients(true);
  const at::Tensor x = words.narrow(0, 0, 1).clone().requires_grad_();
  const at::Tensor logits = evaluate(graph, x).flatten();
  const at::Tensor others = logits.index_fill(0, at::full({1}, problem.label, at::kLong),
                                              -std::numeric_limits<double>::infinity());
  const at::Tensor slope = torch::autograd::grad({logits[problem.label] - others.max()}, {x})[0];
  return best_replacements(
      problem, ((words.narrow(0, 1, words.size(0) - 1) - x.detach()) * slope).flatten(1).sum(-1));
}

Attack attack(WordModel& model, const WordProblem& problem, std::vector<Replacement> start) {
  Attack best = local_search(model, problem, std::move(start));
  const auto offer = [&](Attack found) {
    if (found.margin < best.margin) best = std::move(found);
  };
  std::vector<Replacement> guided;
  for (int step = 0; step < kGradientSteps && best.margin > 0; ++step) {
    guided = gradient_replacements(model, problem, guided);
    offer(local_search(model, problem, guided));
  }
  if (best.margin > 0 && problem.combinations() > kLeastForBeam)
    offer(beam_search(model, problem, kBeam));
  return best;
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
