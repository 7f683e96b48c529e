#include "fairness/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "fairness/statistics/normal.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"

namespace limbeck::fairness {
namespace {

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
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
  std::sort(means.begin(), means.end());
  return means;
}

/// Of the mean: a sixth of the skewness of the leave-one-out means.
double acceleration(std::span<const double> clusters) {
  const auto count = static_cast<double>(clusters.size());
  const double centre = mean(clusters);
  double squares = 0, cubes = 0;
  for (const double value : clusters) {
    // mean of leave-one-out means minus this one
    const double difference = (value - centre) / (count - 1);
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

Interval bca_interval(std::span<const double> clusters, const BootstrapOptions& options) {
  if (clusters.size() < 2)
    throw ConfigError("bootstrap: expected at least 2 templates, got " +
                      std::to_string(clusters.size()));
  const double centre = mean(clusters);
  const auto [least, most] = std::minmax_element(clusters.begin(), clusters.end());
  if (*least == *most) return {centre, centre};
  const std::vector<double> means = resampled_means(clusters, options);
  // Half of what equals the estimate counts as below it.
  const auto below = std::lower_bound(means.begin(), means.end(), centre) - means.begin();
  const auto up_to = std::upper_bound(means.begin(), means.end(), centre) - means.begin();
  const double share = 0.5 * static_cast<double>(below + up_to) / static_cast<double>(means.size());
  const double bias = normal_quantile(share), a = acceleration(clusters);
  const auto adjusted = [&](double p) {
    const double z = bias + normal_quantile(p);
    return normal_cdf(bias + z / (1 - a * z));
  };
  const double tail = (1 - options.confidence) / 2;
  return {quantile(means, adjusted(tail)), quantile(means, adjusted(1 - tail))};
}

}  // namespace limbeck::fairness
