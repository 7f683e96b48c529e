#include "fairness/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "fairness/statistics/normal.h"
#include "fairness/statistics/student_t.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/threads.h"

namespace limbeck::fairness {
namespace {

constexpr double kResamplesBeyond = 10;
constexpr double kMostResamples = 20'000;

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void require_clusters(int64_t count) {
  if (count < 2)
    throw ConfigError("bootstrap: expected at least 2 templates, got " + std::to_string(count));
}

std::vector<double> resampled_means(std::span<const double> clusters,
                                    const BootstrapOptions& options) {
  RandomStream random(options.seed, "bootstrap");
  std::vector<double> means(static_cast<size_t>(options.resamples));
  for (double& value : means) {
    double sum = 0;
    for (size_t i = 0; i < clusters.size(); ++i)
      sum += clusters[static_cast<size_t>(random.below(clusters.size()))];
    value = sum / static_cast<double>(clusters.size());
  }
  return means;
}

/// What an interval is read off.
struct Resampling {
  double estimate = 0;
  std::vector<double> resampled, leave_one_out;
};

Resampling resample(std::span<const double> clusters, const BootstrapOptions& options) {
  require_clusters(static_cast<int64_t>(clusters.size()));
  Resampling result{mean(clusters), {}, {}};
  const auto [least, most] = std::minmax_element(clusters.begin(), clusters.end());
  if (*least == *most) {  // rounding must not part what is equal
    result.resampled = {result.estimate};
    result.leave_one_out.assign(clusters.size(), result.estimate);
    return result;
  }
  const auto count = static_cast<double>(clusters.size());
  for (const double value : clusters)
    result.leave_one_out.push_back((count * result.estimate - value) / (count - 1));
  result.resampled = resampled_means(clusters, options);
  return result;
}

Resampling resample(int64_t clusters, const ClusterStatistic& statistic,
                    const BootstrapOptions& options) {
  require_clusters(clusters);
  const auto count = static_cast<size_t>(clusters);
  Resampling result;
  result.resampled.resize(static_cast<size_t>(options.resamples));
  parallel_for(options.resamples, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      RandomStream random(options.seed, "cluster-bootstrap/" + std::to_string(i));
      std::vector<int64_t> weights(count, 0);
      for (size_t k = 0; k < count; ++k) ++weights[static_cast<size_t>(random.below(count))];
      result.resampled[static_cast<size_t>(i)] = statistic(weights);
    }
  });
  std::vector<int64_t> weights(count, 1);
  result.estimate = statistic(weights);
  for (size_t k = 0; k < count; ++k) {
    weights[k] = 0;
    result.leave_one_out.push_back(statistic(weights));
    weights[k] = 1;
  }
  return result;
}

Interval bca_of(const Resampling& result, double confidence) {
  return bca_from_resamples(result.estimate, result.resampled, result.leave_one_out, confidence);
}

/// Estimate +- t * jackknife standard error.
Interval t_interval(const Resampling& result, double confidence) {
  const auto count = static_cast<int64_t>(result.leave_one_out.size());
  const double centre = mean(result.leave_one_out);
  double squares = 0;
  for (const double value : result.leave_one_out) squares += (value - centre) * (value - centre);
  const double share = static_cast<double>(count - 1) / static_cast<double>(count);
  const double reach =
      student_t_beyond((1 - confidence) / 2, count - 1) * std::sqrt(share * squares);
  return {result.estimate - reach, result.estimate + reach};
}

Interval farther_ends(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

BootstrapOptions with_enough(int64_t clusters, const BootstrapOptions& options) {
  require_clusters(clusters);
  BootstrapOptions enough = options;
  enough.resamples = std::max(options.resamples, needed_resamples(clusters, options.confidence));
  return enough;
}

Interval widened(const Resampling& result, double confidence) {
  const auto count = static_cast<int64_t>(result.leave_one_out.size());
  return farther_ends(bca_of(result, expanded_confidence(count, confidence)),
                      t_interval(result, confidence));
}

/// A sixth of the skewness of the leave-one-out statistics.
double acceleration(std::span<const double> leave_one_out) {
  const double centre = mean(leave_one_out);
  double squares = 0, cubes = 0;
  for (const double value : leave_one_out) {
    const double difference = centre - value;
    squares += difference * difference;
    cubes += difference * difference * difference;
  }
  return squares == 0 ? 0 : cubes / (6 * std::pow(squares, 1.5));
}

/// Linear between order statistics, as numpy's percentile.
double quantile(const std::vector<double>& sorted, double share) {
  const double at = std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

bool can_bound(int64_t clusters, double confidence) {
  const auto count = static_cast<double>(clusters);
  return clusters >= 2 && std::pow(count, -count) <= (1 - confidence) / 2;
}

Interval bca_from_resamples(double estimate, std::vector<double> resampled,
                            std::span<const double> leave_one_out, double confidence) {
  std::sort(resampled.begin(), resampled.end());
  // Half of what equals the estimate counts as below it.
  const auto below =
      std::lower_bound(resampled.begin(), resampled.end(), estimate) - resampled.begin();
  const auto up_to =
      std::upper_bound(resampled.begin(), resampled.end(), estimate) - resampled.begin();
  const double share =
      0.5 * static_cast<double>(below + up_to) / static_cast<double>(resampled.size());
  // Beyond all resamples the correction has no bound: from the estimate to the nearest resample.
  if (share <= 0) return {estimate, resampled.front()};
  if (share >= 1) return {resampled.back(), estimate};
  const double bias = normal_quantile(share), a = acceleration(leave_one_out);
  const auto adjusted = [&](double p) {
    const double z = bias + normal_quantile(p);
    return normal_cdf(bias + z / (1 - a * z));
  };
  const double tail = (1 - confidence) / 2;
  return {quantile(resampled, adjusted(tail)), quantile(resampled, adjusted(1 - tail))};
}

Interval bca_interval(std::span<const double> clusters, const BootstrapOptions& options) {
  return bca_of(resample(clusters, options), options.confidence);
}

Interval bca_interval(int64_t clusters, const ClusterStatistic& statistic,
                      const BootstrapOptions& options) {
  return bca_of(resample(clusters, statistic, options), options.confidence);
}

Interval cluster_interval(std::span<const double> clusters, const BootstrapOptions& options) {
  const auto count = static_cast<int64_t>(clusters.size());
  return widened(resample(clusters, with_enough(count, options)), options.confidence);
}

Interval cluster_interval(int64_t clusters, const ClusterStatistic& statistic,
                          const BootstrapOptions& options) {
  return widened(resample(clusters, statistic, with_enough(clusters, options)), options.confidence);
}

double expanded_confidence(int64_t clusters, double confidence) {
  const auto count = static_cast<double>(clusters);
  const double t = student_t_beyond((1 - confidence) / 2, clusters - 1);
  return 1 - 2 * normal_cdf(-std::sqrt(count / (count - 1)) * t);
}

int64_t needed_resamples(int64_t clusters, double confidence) {
  const auto count = static_cast<double>(clusters);
  const double tail = (1 - expanded_confidence(clusters, confidence)) / 2;
  const double rarest = std::pow(count, -count);
  return static_cast<int64_t>(
      std::min(kMostResamples, std::ceil(kResamplesBeyond / std::max(tail, rarest))));
}

}  // namespace limbeck::fairness
