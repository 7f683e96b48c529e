#include "fairness/statistics/verdict.h"

#include <numeric>

#include "fairness/statistics/normal.h"

namespace limbeck::fairness {

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
  if (evidence.individual.p_value <= options.alpha && evidence.interval.low > options.tolerance)
    return Verdict::kFail;
  const bool could_see = evidence.varies && evidence.detectable <= options.tolerance;
  if (could_see && evidence.interval.high <= options.tolerance) return Verdict::kPass;
  return Verdict::kInsufficient;
}

Evidence gather_evidence(const ScoreTable& table, const PermutationOptions& permutation,
                         const VerdictOptions& options) {
  constexpr double kPower = 0.8;
  table.validate();
  Evidence evidence;
  evidence.individual = test_individual_fairness(table, permutation);
  evidence.group = test_group_fairness(table, permutation);
  std::vector<double> corrected = template_distances(table);
  const std::vector<double> null = template_null_means(table, permutation);
  for (size_t m = 0; m < corrected.size(); ++m) corrected[m] -= null[m];
  if (corrected.size() >= 2)
    evidence.interval = bca_interval(corrected, {9999, 1 - options.alpha, permutation.seed});
  else
    evidence.interval = {-1, 1};  // one template says nothing about others
  const ScoreTable control = control_table(table);
  if (!control.scores.empty())
    evidence.control = test_individual_fairness(control, permutation).corrected();
  // A normal shift of the null by this much passes the critical value with probability 0.8.
  evidence.detectable = evidence.individual.critical - evidence.individual.null_mean +
                        normal_quantile(kPower) * evidence.individual.null_sd;
  evidence.varies = evidence.individual.null_sd > 1e-9;  // less is rounding
  evidence.verdict = judge(evidence, options);
  return evidence;
}

}  // namespace limbeck::fairness
