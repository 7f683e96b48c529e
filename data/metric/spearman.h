#pragma once

#include <span>
#include <vector>

namespace limbeck::data {

/// Ranks from 1; equal values share the mean of their ranks.
std::vector<double> average_ranks(std::span<const double> values);

/// Spearman's rank correlation: Pearson's of the average ranks, in [-1, 1]; 0 when one side is
/// constant.
///
/// Shapes: x, y (N), N > 0, finite. Throws: ShapeError on different or zero lengths.
double spearman_correlation(std::span<const double> x, std::span<const double> y);

}  // namespace limbeck::data
