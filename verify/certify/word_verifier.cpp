#include "verify/certify/word_verifier.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "verify/certify/margin.h"
#include "verify/certify/word_attack.h"
#include "verify/certify/word_split.h"
#include "verify/pass/backward.h"
#include "verify/pass/form_memory.h"
#include "verify/pass/memory_limit.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

/// Linear bounds of the margins of a batch, and how each replacement moves the worst of them.
struct BatchBound {
  std::vector<double> lower;
  std::vector<at::Tensor> gains;     // (P) each
  std::vector<std::string> reasons;  // what was unbounded; may be empty
};

BatchBound bound_batch(WordModel& model, const std::vector<WordProblem>& problems,
                       const BoundMethod& method, const BoundOptions& options) {
  const Graph& graph = model.graph(model.layout(problems[0].words));
  const SynonymSet region = region_of(problems, model);
  const at::Tensor rows = margin_rows(problems, model.classes(), region.dtype());
  const BoundResult result = bound(graph, region, rows, method, options);
  const auto [least, worst] = result.lower.min(0);
  BatchBound batch;
  const at::Tensor gains =
      result.form.has_value() ? region.gains(result.form->coefficient) : at::Tensor();
  for (size_t b = 0; b < problems.size(); ++b) {
    const int64_t item = static_cast<int64_t>(b);
    batch.lower.push_back(least[item].item<double>());
    batch.reasons.push_back(
        batch.lower.back() == -kInfinity ? first_unbounded(graph, result.intervals, item) : "");
    batch.gains.push_back(gains.defined() ? gains[worst[item].item<int64_t>()][item]
                                          : at::Tensor());
  }
  return batch;
}

/// Of LSTM and GRU cells.
bool has_gates(const Graph& graph) {
  return std::ranges::any_of(
      graph.nodes(), [](const Node& node) { return node.op == "gate" || node.op == "gated_tanh"; });
}

}  // namespace

std::string verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCertified:
      return "certified";
    case Verdict::kFalsified:
      return "falsified";
    case Verdict::kUnknown:
      return "unknown";
    case Verdict::kTimeout:
      return "timeout";
  }
  return "";
}

struct WordVerifier::Work {
  const WordProblem* problem = nullptr;
  WordResult* result = nullptr;
  at::Tensor gains;
  std::vector<Replacement> start;

  void see(double margin, const std::vector<int64_t>& words, const char* by) {
    if (margin >= result->attack) return;
    result->attack = margin;
    result->replacements.clear();
    for (size_t i = 0; i < words.size(); ++i)
      if (words[i] != problem->words[i])
        result->replacements.push_back({static_cast<int64_t>(i), words[i]});
    if (margin > 0) return;
    result->verdict = Verdict::kFalsified;
    result->decided_by = by;
  }
};

WordVerifier::WordVerifier(WordModel& model, WordVerifierOptions options)
    : model_(model), options_(std::move(options)) {
  find_bound_method(options_.method);
  find_bound_method(options_.tight_method);
  if (options_.batch < 1 || options_.tight_batch < 1)
    throw ConfigError("batch: expected at least 1, got " + std::to_string(options_.batch));
}

std::vector<double> WordVerifier::lower_bounds(const std::vector<WordProblem>& problems,
                                               const std::string& method) {
  return lower_bounds(problems, {}, method).front();
}

std::vector<std::vector<double>> WordVerifier::lower_bounds(
    const std::vector<WordProblem>& problems, const std::vector<int64_t>& budgets,
    const std::string& method) {
  const at::NoGradGuard no_gradient;
  std::map<WordLayout, std::vector<size_t>> by_layout;
  for (size_t i = 0; i < problems.size(); ++i)
    by_layout[model_.layout(problems[i].words)].push_back(i);
  std::vector<std::vector<double>> lower(std::max<size_t>(budgets.size(), 1),
                                         std::vector<double>(problems.size()));
  const bool is_cheap = find_bound_method(method).intermediate == Intermediate::kInterval;
  for (const auto& [layout, indices] : by_layout) {
    std::vector<const WordProblem*> alike;
    for (const size_t i : indices) alike.push_back(&problems[i]);
    const size_t step = static_cast<size_t>(
        fitting(is_cheap ? options_.batch : options_.tight_batch, alike, method));
    for (size_t start = 0; start < indices.size(); start += step) {
      std::vector<WordProblem> batch;
      for (size_t k = start; k < std::min(indices.size(), start + step); ++k)
        batch.push_back(problems[indices[k]]);
      const std::vector<at::Tensor> bounds = bounds_of(batch, budgets, find_bound_method(method));
      for (size_t j = 0; j < bounds.size(); ++j)
        for (size_t k = 0; k < batch.size(); ++k)
          lower[j][indices[start + k]] = bounds[j][static_cast<int64_t>(k)].item<double>();
    }
  }
  return lower;
}

/// Sentences of one layout bounded together, as the memory of a row and of forms allows.
int64_t WordVerifier::fitting(int64_t batch, const std::vector<const WordProblem*>& problems,
                              const std::string& method) {
  const Graph& graph = model_.graph(model_.layout(problems[0]->words));
  const int64_t memory = options_.bound.memory_bytes;
  const int64_t most = std::min(batch, items_per_block(graph, find_bound_method(method), memory));
  if (!has_forms(find_bound_method(method))) return most;
  size_t candidates = 0;  // each is a coordinate
  for (const WordProblem* problem : problems) {
    size_t own = 0;
    for (const std::vector<int64_t>& words : problem->candidates) own += words.size();
    candidates = std::max(candidates, own);
  }
  return std::min(
      most,
      FormMemory(graph, find_bound_method(method), static_cast<int64_t>(candidates)).items(memory));
}

/// The bounds inside hold for the largest budget, so for every other: one linear form serves all.
std::vector<at::Tensor> WordVerifier::bounds_of(std::vector<WordProblem> batch,
                                                const std::vector<int64_t>& budgets,
                                                const BoundMethod& method) {
  for (WordProblem& problem : batch)
    if (!budgets.empty()) problem.budget = *std::ranges::max_element(budgets);
  const SynonymSet region = region_of(batch, model_);
  const BoundResult result =
      verify::bound(model_.graph(model_.layout(batch[0].words)), region,
                    margin_rows(batch, model_.classes(), region.dtype()), method, options_.bound);
  if (budgets.empty()) return {result.lower.amin({0})};
  std::vector<at::Tensor> bounds;
  for (const int64_t budget : budgets) {
    at::Tensor lower = result.lower;
    if (result.form.has_value()) {
      const at::Tensor each = at::full({region.batch()}, budget, at::kLong);
      lower = lower_over(region.with_budget(each), *result.form, options_.bound.arithmetic);
    }
    bounds.push_back(lower.amin({0}).nan_to_num(-kInfinity));
  }
  return bounds;
}

/// Bounds all open sets of one layout, a batch at a time, and evaluates the minimiser of each
/// linear bound that proves nothing. What is decided leaves `open`.
void WordVerifier::bound_round(std::vector<Work*>& open, const std::string& method,
                               int64_t batch_size) {
  if (open.empty()) return;
  std::vector<const WordProblem*> problems;
  for (const Work* work : open) problems.push_back(work->problem);
  const size_t step = static_cast<size_t>(fitting(batch_size, problems, method));
  for (size_t start = 0; start < open.size(); start += step) {
    const size_t end = std::min(open.size(), start + step);
    std::vector<WordProblem> batch;
    for (size_t k = start; k < end; ++k) batch.push_back(*open[k]->problem);
    const BatchBound bounds = bound_batch(model_, batch, find_bound_method(method), options_.bound);
    std::vector<Work*> tried;
    for (size_t k = start; k < end; ++k) {
      Work& work = *open[k];
      work.result->lower = std::max(work.result->lower, bounds.lower[k - start]);
      work.result->reason = work.result->lower == -kInfinity ? bounds.reasons[k - start] : "";
      if (work.result->lower > 0) {
        work.result->verdict = Verdict::kCertified;
        work.result->decided_by = method;
        continue;
      }
      if (!bounds.gains[k - start].defined()) continue;
      work.gains = bounds.gains[k - start];
      work.start = best_replacements(*work.problem, work.gains);
      tried.push_back(&work);
    }
    evaluate_starts(tried, "attack");
  }
  std::erase_if(open, [](const Work* work) { return work->result->verdict != Verdict::kUnknown; });
}

/// Evaluates the sentences with the replacements `start` of several sets of one layout.
void WordVerifier::evaluate_starts(const std::vector<Work*>& works, const char* by) {
  if (works.empty()) return;
  std::vector<int64_t> ids, labels;
  for (const Work* work : works) {
    const std::vector<int64_t> words = with_replacements(*work->problem, work->start);
    ids.insert(ids.end(), words.begin(), words.end());
    labels.push_back(work->problem->label);
  }
  const int64_t length = works[0]->problem->length();
  const at::Tensor value =
      margins(model_, at::tensor(ids, at::kLong).view({-1, length}), at::tensor(labels, at::kLong));
  for (size_t i = 0; i < works.size(); ++i)
    works[i]->see(value[static_cast<int64_t>(i)].item<double>(),
                  with_replacements(*works[i]->problem, works[i]->start), by);
}

/// Depth first; a subset is closed by its bound, by enumeration, or by splitting one more word.
void WordVerifier::branch(Work& work) {
  const auto start = std::chrono::steady_clock::now();
  const auto is_late = [&] {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    return options_.time_limit_s > 0 && passed.count() > options_.time_limit_s;
  };
  const int64_t batch_size = fitting(options_.tight_batch, {work.problem}, options_.tight_method);
  const bool is_proof = is_rigorous(options_.bound.arithmetic);
  std::vector<WordProblem> stack = {*work.problem};
  double least = kInfinity;
  while (!stack.empty()) {
    std::vector<WordProblem> batch;
    while (!stack.empty() && static_cast<int64_t>(batch.size()) < batch_size) {
      WordProblem problem = std::move(stack.back());
      stack.pop_back();
      if (problem.combinations() > static_cast<double>(options_.leaf)) {
        batch.push_back(std::move(problem));
        continue;
      }
      const at::Tensor ids = enumerate_sentences(problem);
      const at::Tensor value = margins(model_, ids, problem.label);
      const int64_t worst = value.argmin().item<int64_t>();
      const double margin = value[worst].item<double>();
      least = std::min(
          least,
          is_proof ? proved_margins(model_, ids, problem.label, options_.bound).min().item<double>()
                   : margin);
      const at::Tensor row = ids[worst].contiguous();
      work.see(margin, {row.data_ptr<int64_t>(), row.data_ptr<int64_t>() + row.numel()},
               "branching");
      if (work.result->verdict == Verdict::kFalsified) return;
    }
    if (is_late()) {
      work.result->verdict = Verdict::kTimeout;
      work.result->decided_by = "time limit";
      return;
    }
    if (batch.empty()) continue;
    work.result->branches += static_cast<int64_t>(batch.size());
    if (options_.max_branches > 0 && work.result->branches > options_.max_branches) return;
    const BatchBound bounds =
        bound_batch(model_, batch, find_bound_method(options_.tight_method), options_.bound);
    for (size_t k = 0; k < batch.size(); ++k) {
      if (bounds.lower[k] > 0) {
        least = std::min(least, bounds.lower[k]);
        continue;
      }
      for (WordProblem& part : split(batch[k], word_to_split(batch[k], bounds.gains[k])))
        stack.push_back(std::move(part));
    }
  }
  work.result->lower = std::max(work.result->lower, least);
  if (!(least > 0)) return;  // a margin that is seen to be positive, but not proved to be
  work.result->verdict = Verdict::kCertified;
  work.result->decided_by = "branching";
}

std::vector<std::vector<WordResult>> WordVerifier::verify_budgets(
    const std::vector<WordProblem>& problems, const std::vector<int64_t>& budgets) {
  std::vector<int64_t> descending = budgets;
  std::ranges::sort(descending, std::greater<>());
  std::map<int64_t, std::vector<WordResult>> by_budget;
  const std::vector<WordResult>* wider = nullptr;
  for (const int64_t budget : descending) {
    std::vector<WordResult>& results = by_budget[budget];
    std::vector<WordProblem> open;
    std::vector<size_t> places;
    results.resize(problems.size());
    for (size_t i = 0; i < problems.size(); ++i) {
      if (wider != nullptr) {
        const WordResult& known = (*wider)[i];
        const bool still_holds = known.verdict == Verdict::kCertified;
        const bool still_fails = known.verdict == Verdict::kFalsified &&
                                 static_cast<int64_t>(known.replacements.size()) <= budget;
        if (still_holds || still_fails) {
          results[i] = known;
          continue;
        }
      }
      open.push_back(problems[i]);
      open.back().budget = budget;
      places.push_back(i);
    }
    const std::vector<WordResult> decided = verify(open);
    for (size_t k = 0; k < places.size(); ++k) results[places[k]] = decided[k];
    wider = &results;
  }
  std::vector<std::vector<WordResult>> all;
  for (const int64_t budget : budgets) all.push_back(by_budget.at(budget));
  return all;
}

std::vector<WordResult> WordVerifier::verify(const std::vector<WordProblem>& problems) {
  const at::NoGradGuard no_gradient;  // not inference mode: graphs are traced on first use
  std::vector<WordResult> results(problems.size());
  std::vector<Work> works(problems.size());
  std::map<WordLayout, std::vector<Work*>> by_layout;
  for (size_t i = 0; i < problems.size(); ++i) {
    results[i].lower = -kInfinity;
    results[i].attack = kInfinity;
    works[i].problem = &problems[i];
    works[i].result = &results[i];
    by_layout[model_.layout(problems[i].words)].push_back(&works[i]);
  }
  for (auto& [layout, open] : by_layout) {
    evaluate_starts(open, "original");
    std::erase_if(open,
                  [](const Work* work) { return work->result->verdict != Verdict::kUnknown; });
    if (options_.is_complete && !open.empty() && has_gates(model_.graph(layout)))
      bound_round(open, "ibp", options_.batch);
    bound_round(open, options_.method, options_.batch);
    if (!options_.is_complete) continue;
    bound_round(open, options_.tight_method, options_.tight_batch);
    for (Work* work : open) {
      if (options_.bound.stops_on_signal) stop_if_interrupted();
      const Attack found = attack(model_, *work->problem, work->start);
      work->see(found.margin, with_replacements(*work->problem, found.replacements), "attack");
      if (work->result->verdict == Verdict::kUnknown) branch(*work);
    }
  }
  return results;
}

}  // namespace limbeck::verify
