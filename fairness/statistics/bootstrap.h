#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace limbeck::fairness {

struct Interval {
  double low = 0, high = 0;
};
/// Of a difference of distances in [0, 1] about which nothing is known.
inline constexpr Interval kUnknownInterval{-1, 1};

struct BootstrapOptions {
  int64_t resamples = 9999;
  double confidence = 0.95;
  uint64_t seed = 1;
};

/// Can an interval of this confidence be read off resamples of so few clusters? The most extreme
/// resample, one cluster M times, has probability M^-M; where that is more than the tail beyond an
/// end, the interval ends at the extreme cluster whatever is beyond it. At 95 %: from 4 clusters
/// on.
bool can_bound(int64_t clusters, double confidence);

/// Bias-corrected and accelerated bootstrap interval of the mean of `clusters`, one number a
/// cluster (here: a template). Clusters are drawn whole, since continuations of one template are
/// not independent of each other.
///
/// Law:    the interval lies within [min, max] of the clusters; equal clusters give a point.
/// Source: Efron 1987, eq. 2.2-2.3, acceleration by the jackknife (eq. 6.6).
/// Throws: ConfigError for fewer than 2 clusters.
Interval bca_interval(std::span<const double> clusters, const BootstrapOptions& options);

/// A statistic of whole clusters, each taken weights[i] times; called from several threads.
using ClusterStatistic = std::function<double(std::span<const int64_t> weights)>;
/// The same for any statistic of `clusters` clusters.
Interval bca_interval(int64_t clusters, const ClusterStatistic& statistic,
                      const BootstrapOptions& options);

/// The interval from what resampling gave: `resampled` statistics in any order, and those with one
/// cluster left out. Quantiles are linear between order statistics.
Interval bca_from_resamples(double estimate, std::vector<double> resampled,
                            std::span<const double> leave_one_out, double confidence);

}  // namespace limbeck::fairness
