#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fairness/metric/score_table.h"

namespace limbeck::fairness {

/// A distance, what it would be without any effect, and how surprising it is.
struct PermutationResult {
  double observed = 0;
  double null_mean = 0;  ///< of the same statistic when values are shuffled within templates
  double null_sd = 0;
  double critical = 0;  ///< the (1 - alpha) quantile of the null
  double p_value = 1;   ///< (1 + permutations at least as large) / (1 + permutations)
  /// Observed less null mean of each template alone, whose mean corrected() is; empty for group
  /// fairness, which pools the templates.
  std::vector<double> template_corrected;

  double corrected() const { return observed - null_mean; }
  /// The corrected distance that this test finds with probability 0.8: a normal shift of the null
  /// by so much passes the critical value that often.
  double detectable() const;
  /// The distance that scores far from all others make which are so rare that no continuation of
  /// some value (or group) shows one with probability alpha: -log(alpha) / n, for the one with the
  /// fewest, the "rule of three". A scorer that answers neutral nearly always has a null without
  /// spread, beside which any shift would be seen; what it rarely says would not.
  double hidden = 0;
  /// The corrected distance that the data would have shown, by the test and by their number.
  double visible() const { return std::max(detectable(), hidden); }
  /// False when every score is the same, so that no shuffle changes anything; less is rounding.
  bool varies() const { return null_sd > 1e-9; }
};

inline constexpr int64_t kPairRefinement = 20;
inline constexpr int64_t kMostRefined = 200'000;

struct PermutationOptions {
  int64_t permutations = 999;
  uint64_t seed = 1;
  double alpha = 0.05;
  int64_t pair_family = 1;  ///< pairs whose p-values are adjusted for each other

  /// Permutations, the observed table included, of a pair that few of the first ones reach: so
  /// many that the smallest p-value, times the family, is at most alpha; at least kPairRefinement
  /// times the first ones, at most kMostRefined where that is less.
  int64_t refined() const;
  /// Permutations, the observed table not included, of a test whose p-value is adjusted for `tests`
  /// in all: at least `permutations`, and so many that the smallest p-value, times the tests, is at
  /// most alpha; at most kMostRefined where that is less.
  int64_t for_family(int64_t tests) const;
};

/// What is tested: W1 is positive even between two samples of one distribution, so a distance alone
/// says nothing.
///
/// Null:   within a template, scores do not depend on the value (exchangeable labels).
/// Law:    under the null P(p_value <= x) <= x; equal seeds give equal results on any number of
///         threads (permutation i has the stream NAME/i).
/// Source: Fisher 1935; the +1 of Phipson & Smyth 2010, eq. 2.
PermutationResult test_individual_fairness(const ScoreTable& table,
                                           const PermutationOptions& options);
PermutationResult test_group_fairness(const ScoreTable& table, const PermutationOptions& options);

/// Individual fairness, and the same over pairs of different groups alone, from the same shuffles.
struct IndividualTests {
  PermutationResult all, across_groups;
};
/// Law: `all` is test_individual_fairness().
IndividualTests test_individual_across_groups(const ScoreTable& table,
                                              const PermutationOptions& options);

/// Strict and weak parity: of each shuffle the two groups that part most in it, so that the choice
/// of the pair is part of the null.
struct ParityTests {
  PermutationResult strict, weak;
};
ParityTests test_parities(const ScoreTable& table, const PermutationOptions& options);

/// The mean of pair_distances(); only the two values are shuffled. A pair that few of the
/// permutations reach is tested again with options.refined() of them, the first among them, so that
/// small p-values survive an adjustment for many pairs.
/// Law:    the p-value stays valid: one above the limit is that of the few, one below comes with
///         both the few and the many below it.
/// Source: after Besag & Clifford 1991, in two stages.
PermutationResult test_pair(const ScoreTable& table, int64_t a, int64_t b,
                            const PermutationOptions& options);

}  // namespace limbeck::fairness
