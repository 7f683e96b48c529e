#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fairness/metric/score_table.h"

namespace limbeck::fairness {

/// The two groups that part most by some measure, all templates pooled: the numbers of other tools,
/// for their users. No noise is taken off; test_parities() tells how much of it is noise.
struct ParityGap {
  double gap = 0;
  int64_t a = 0, b = 0;  ///< groups
};

/// Strict counterfactual sentiment parity: E over thresholds of |P(S_a > t) - P(S_b > t)|, t
/// uniform, which is W1 of the pooled scores. Source: Huang et al. 2020, eq. 1.
ParityGap strict_parity(const ScoreTable& table);

/// Weak counterfactual sentiment parity: |P(S_a > threshold) - P(S_b > threshold)|.
/// Source: Bouchard 2024, there signed; differs: the absolute value, so that gaps compare.
ParityGap weak_parity(const ScoreTable& table, double threshold = 0.5);

/// The same for the scores of each group, which are sorted already.
ParityGap strict_parity_sorted(std::span<const std::vector<double>> groups);
ParityGap weak_parity_sorted(std::span<const std::vector<double>> groups, double threshold = 0.5);

}  // namespace limbeck::fairness
