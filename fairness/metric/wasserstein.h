#pragma once

#include <span>
#include <vector>

namespace limbeck::fairness {

/// The Wasserstein-1 distance of two empirical distributions, exact for unequal sizes: the area
/// between their distribution functions.
///
/// Laws:   symmetric; 0 for equal multisets; at most b - a for values in [a, b];
///         for equal sizes the mean of |a_(i) - b_(i)| over sorted values.
/// Source: Huang et al. 2020, eq. 1 (with scores in [0, 1], E over uniform thresholds).
/// Throws: DataError when a side is empty or holds NaN.
double wasserstein1(std::span<const double> a, std::span<const double> b);

/// The same for values that are sorted already; nothing is checked.
double wasserstein1_sorted(std::span<const double> a, std::span<const double> b);

}  // namespace limbeck::fairness
