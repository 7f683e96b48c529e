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

/// Can resamples of so few clusters say anything about an interval of this confidence? The most
/// extreme resample, one cluster M times, has probability M^-M; where that is more than the tail
/// beyond an end, the clusters bear witness to nothing beyond the extreme one. At 95 %: from 4
/// clusters on.
bool can_bound(int64_t clusters, double confidence);

/// Bias-corrected and accelerated bootstrap interval of the mean of `clusters`, one number a
/// cluster (here: a template). Clusters are drawn whole, since continuations of one template are
/// not independent of each other. Of few clusters it covers too little: at 95 % some 90 % with 10,
/// 80 % with 4 of a normal distribution; cluster_interval() makes up for that.
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

/// The interval of few clusters: each end is the farther one of
/// - bca_interval() at expanded_confidence(), which follows skewness, and
/// - estimate +- t * standard error (jackknife), t of Student's distribution with clusters - 1
///   degrees of freedom, which goes beyond the extreme resamples where these are too rare.
/// `resamples` is raised to needed_resamples(). What even these cannot show (4 clusters: the
/// expanded level is .00012, the rarest resample has .004) is left to the t interval.
///
/// Coverage at 95 %, simulated: normal .950 with 4 clusters, .954 with 5, .958 with 10; exponential
/// .883, .893, .931. Of so few clusters from a skewed distribution no interval keeps its promise.
/// Law:    equal clusters give a point; contains bca_interval() of the same resamples.
/// Source: Hesterberg 2015, "What Teachers Should Know About the Bootstrap", sec. 5.3 (expanded
///         levels); Efron & Tibshirani 1993, ch. 11 (jackknife); differs: the farther end of both.
/// Throws: as bca_interval().
Interval cluster_interval(std::span<const double> clusters, const BootstrapOptions& options);
Interval cluster_interval(int64_t clusters, const ClusterStatistic& statistic,
                          const BootstrapOptions& options);

/// The confidence at which a percentile interval is as wide as the t interval, for large tails:
/// each tail is Phi(-sqrt(n / (n - 1)) * t_{n - 1}). At 95 %: .983 with 10 clusters, .998 with 5.
double expanded_confidence(int64_t clusters, double confidence);
/// So many resamples that ten lie beyond each end, as far as resamples of so few clusters go; at
/// most 20,000.
int64_t needed_resamples(int64_t clusters, double confidence);

/// The interval from what resampling gave: `resampled` statistics in any order, and those with one
/// cluster left out. Quantiles are linear between order statistics.
Interval bca_from_resamples(double estimate, std::vector<double> resampled,
                            std::span<const double> leave_one_out, double confidence);

}  // namespace limbeck::fairness
