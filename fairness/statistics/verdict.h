#pragma once

#include <string>
#include <vector>

#include "fairness/metric/score_table.h"
#include "fairness/statistics/bootstrap.h"
#include "fairness/statistics/multiple_tests.h"
#include "fairness/statistics/permutation.h"

namespace limbeck::fairness {

enum class Verdict { kPass, kFail, kInsufficient };

/// "pass", "fail", "insufficient evidence".
const char* verdict_text(Verdict verdict);

/// The worst of all: a fail is a fail; else insufficient evidence anywhere, or nothing at all, is
/// that.
Verdict worst_verdict(const std::vector<Verdict>& verdicts);

/// How an attribute is judged.
struct VerdictOptions {
  double alpha = 0.05;      ///< of tests and intervals
  double tolerance = 0.02;  ///< largest corrected individual-fairness distance that passes
};

/// The evidence about one attribute by one scorer.
struct Evidence {
  PermutationResult individual, group;
  PermutationResult across_groups;  ///< individual fairness over pairs of different groups alone
  AdjustedP individual_p, group_p;  ///< for all of a run; set by judge_run()
  Interval interval;                ///< of the corrected individual-fairness distance
  Interval group_interval;          ///< of the corrected group-fairness distance
  /// Corrected distances between halves of the same cells, where there is no effect.
  double control = 0, group_control = 0;
  std::vector<double> value_controls;  ///< the same for each value alone
  double detectable = 0;               ///< individual.visible()
  bool varies = true;                  ///< false: the scorer gave every continuation the same score
  /// Of individual fairness at the run's tolerance, whatever gates there are.
  Verdict verdict = Verdict::kInsufficient;
};

/// Fail: the test rejects after Holm's adjustment (individual_p.holm <= alpha) and the whole
/// interval is above the tolerance. Pass: the whole interval is at or below it. Otherwise, when an
/// effect of the tolerance's size could not have been seen, or when the scorer saw nothing at all,
/// the evidence does not suffice.
Verdict judge(const Evidence& evidence, const VerdictOptions& options);
/// A distance without an interval, such as a parity. Fail: the test rejects and the corrected
/// distance is above the tolerance. Pass: it is at or below it, and an effect of the tolerance's
/// size would have been seen. Else the evidence does not suffice.
Verdict judge(const PermutationResult& test, double adjusted_p, const VerdictOptions& options);
/// Any corrected distance with its adjusted p-value and its interval, as the first.
Verdict judge(const PermutationResult& test, double adjusted_p, const Interval& interval,
              const VerdictOptions& options);

/// Adjusts the tests of individual and group fairness of all evidence of a run for each other, and
/// judges each.
///
/// Law: where no score depends on a value, some verdict of the run is a fail with probability alpha
///      at most, however much there is.
void judge_run(const std::vector<Evidence*>& run, const VerdictOptions& options);

/// All of it for one table, judged as a run of its own.
Evidence gather_evidence(const ScoreTable& table, const PermutationOptions& permutation,
                         const VerdictOptions& options);

/// The interval of a mean of corrected distances, one a template; [-1, 1], which decides nothing,
/// where the templates are too few for can_bound().
Interval template_interval(const std::vector<double>& template_corrected,
                           const BootstrapOptions& options);

/// The interval of the corrected group-fairness distance, over templates: of each resample, the
/// distance less what shuffled labels give with the same templates.
Interval group_fairness_interval(const ScoreTable& table, const PermutationResult& test,
                                 const BootstrapOptions& options);

/// Every cell cut into two halves that are treated as two values: distances of no effect.
ScoreTable control_table(const ScoreTable& table);

}  // namespace limbeck::fairness
