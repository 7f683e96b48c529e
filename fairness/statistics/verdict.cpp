#include "fairness/statistics/verdict.h"

#include <algorithm>

#include "fairness/statistics/sorted_pool.h"
#include "nlp/core/random_stream.h"

namespace limbeck::fairness {
namespace {

constexpr int64_t kIndividualResamples = 9999;
constexpr int64_t kGroupResamples = 999;
constexpr int64_t kGroupShuffles = 20;

/// Mean over templates of the control of each value; rows of the control table are (m, a).
std::vector<double> value_means(const ScoreTable& table, const std::vector<double>& rows) {
  std::vector<double> sums(table.values.size(), 0.0);
  std::vector<int64_t> counts(table.values.size(), 0);
  size_t row = 0;
  for (const auto& cells : table.scores)
    for (size_t a = 0; a < cells.size(); ++a) {
      if (cells[a].size() < 2) continue;
      sums[a] += rows[row++];
      ++counts[a];
    }
  for (size_t a = 0; a < sums.size(); ++a)
    sums[a] = counts[a] == 0 ? 0 : sums[a] / static_cast<double>(counts[a]);
  return sums;
}

Verdict judge_distance(bool rejects, const Interval& interval, bool could_see, double tolerance) {
  if (rejects && interval.low > tolerance) return Verdict::kFail;
  if (could_see && interval.high <= tolerance) return Verdict::kPass;
  return Verdict::kInsufficient;
}

}  // namespace

const char* verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kInsufficient:
      break;
  }
  return "insufficient evidence";
}

Verdict worst_verdict(const std::vector<Verdict>& verdicts) {
  const auto any = [&](Verdict verdict) { return std::ranges::count(verdicts, verdict) > 0; };
  if (any(Verdict::kFail)) return Verdict::kFail;
  return verdicts.empty() || any(Verdict::kInsufficient) ? Verdict::kInsufficient : Verdict::kPass;
}

ScoreTable control_table(const ScoreTable& table) {
  ScoreTable control;
  control.values = control.groups = {"first half", "second half"};
  control.group = {0, 1};
  for (size_t m = 0; m < table.scores.size(); ++m)
    for (size_t a = 0; a < table.values.size(); ++a) {
      const std::vector<double>& cell = table.scores[m][a];
      if (cell.size() < 2) continue;
      const auto middle = cell.begin() + static_cast<int64_t>(cell.size() / 2);
      control.templates.push_back(table.templates[m] + " / " + table.values[a]);
      control.scores.push_back({{cell.begin(), middle}, {middle, cell.end()}});
    }
  return control;
}

Verdict judge(const Evidence& evidence, const VerdictOptions& options) {
  return judge_distance(evidence.individual_p.holm <= options.alpha, evidence.interval,
                        evidence.varies && evidence.detectable <= options.tolerance,
                        options.tolerance);
}

Verdict judge(const PermutationResult& test, double adjusted_p, const Interval& interval,
              const VerdictOptions& options) {
  return judge_distance(adjusted_p <= options.alpha, interval,
                        test.varies() && test.visible() <= options.tolerance, options.tolerance);
}

Verdict judge(const PermutationResult& test, double adjusted_p, const VerdictOptions& options) {
  return judge(test, adjusted_p, Interval{test.corrected(), test.corrected()}, options);
}

void judge_run(const std::vector<Evidence*>& run, const VerdictOptions& options) {
  std::vector<double> p_values;
  for (const Evidence* one : run) {
    p_values.push_back(one->individual.p_value);
    p_values.push_back(one->group.p_value);
  }
  const std::vector<AdjustedP> family = adjusted(p_values);
  for (size_t i = 0; i < run.size(); ++i) {
    run[i]->individual_p = family[2 * i];
    run[i]->group_p = family[2 * i + 1];
    run[i]->verdict = judge(*run[i], options);
  }
}

Interval template_interval(const std::vector<double>& template_corrected,
                           const BootstrapOptions& options) {
  return can_bound(static_cast<int64_t>(template_corrected.size()), options.confidence)
             ? cluster_interval(template_corrected, options)
             : kUnknownInterval;
}

Interval group_fairness_interval(const ScoreTable& table, const PermutationResult& test,
                                 const BootstrapOptions& options) {
  if (!can_bound(static_cast<int64_t>(table.scores.size()), options.confidence))
    return kUnknownInterval;
  const PooledOrder order(table);
  std::vector<std::vector<int32_t>> observed;
  for (const SortedPool& pool : order.pools()) observed.push_back(pool.labels);
  std::vector<std::vector<std::vector<int32_t>>> shuffles(kGroupShuffles, observed);
  for (size_t k = 0; k < shuffles.size(); ++k) {
    RandomStream random(options.seed, "group-null/" + std::to_string(k));
    for (std::vector<int32_t>& labels : shuffles[k])
      for (size_t i = labels.size(); i > 1; --i)
        std::swap(labels[i - 1], labels[static_cast<size_t>(random.below(i))]);
  }
  const auto null_mean = [&](std::span<const int64_t> weights) {
    double sum = 0;
    for (const auto& labels : shuffles) sum += order.group_fairness(labels, weights);
    return sum / static_cast<double>(shuffles.size());
  };
  // The few shuffles are common to all resamples; what they miss of the null mean is added back.
  const std::vector<int64_t> once(table.scores.size(), 1);
  const double missed = null_mean(once) - test.null_mean;
  return cluster_interval(
      static_cast<int64_t>(table.scores.size()),
      [&](std::span<const int64_t> weights) {
        return order.group_fairness(observed, weights) - null_mean(weights) + missed;
      },
      options);
}

Evidence gather_evidence(const ScoreTable& table, const PermutationOptions& permutation,
                         const VerdictOptions& options) {
  table.validate();
  Evidence evidence;
  IndividualTests individual = test_individual_across_groups(table, permutation);
  evidence.individual = std::move(individual.all);
  evidence.across_groups = std::move(individual.across_groups);
  evidence.group = test_group_fairness(table, permutation);
  const double confidence = 1 - options.alpha;
  evidence.interval = template_interval(evidence.individual.template_corrected,
                                        {kIndividualResamples, confidence, permutation.seed});
  evidence.group_interval = group_fairness_interval(
      table, evidence.group, {kGroupResamples, confidence, permutation.seed});
  evidence.value_controls.assign(table.values.size(), 0.0);
  const ScoreTable control = control_table(table);
  if (!control.scores.empty()) {
    const PermutationResult halves = test_individual_fairness(control, permutation);
    evidence.control = halves.corrected();
    evidence.group_control = test_group_fairness(control, permutation).corrected();
    evidence.value_controls = value_means(table, halves.template_corrected);
  }
  evidence.detectable = evidence.individual.visible();
  evidence.varies = evidence.individual.varies();
  judge_run({&evidence}, options);
  return evidence;
}

}  // namespace limbeck::fairness
