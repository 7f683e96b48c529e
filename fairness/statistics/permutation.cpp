#include "fairness/statistics/permutation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>

#include "fairness/metric/parity.h"
#include "fairness/statistics/normal.h"
#include "fairness/statistics/sorted_pool.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/threads.h"

namespace limbeck::fairness {
namespace {

constexpr double kPower = 0.8;
constexpr double kEnoughReached = 11;  // ten permutations and the observed table

using Labels = std::vector<std::vector<int32_t>>;

Labels observed_labels(const std::vector<SortedPool>& pools) {
  Labels labels;
  for (const SortedPool& pool : pools) labels.push_back(pool.labels);
  return labels;
}

/// The labels of each template dealt out anew; values keep the number of their scores.
void shuffle(Labels& labels, RandomStream random) {
  for (std::vector<int32_t>& own : labels)
    for (size_t i = own.size(); i > 1; --i)
      std::swap(own[i - 1], own[static_cast<size_t>(random.below(i))]);
}

/// The statistic of permutation i in row i: (permutations, width).
using Statistic = std::function<void(const Labels& labels, double* out)>;
std::vector<double> null_rows(const Labels& observed, size_t width, const char* name,
                              const PermutationOptions& options, const Statistic& statistic) {
  if (options.permutations < 1)
    throw ConfigError("permutations: expected at least 1, got " +
                      std::to_string(options.permutations));
  std::vector<double> rows(static_cast<size_t>(options.permutations) * width);
  parallel_for(options.permutations, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Labels labels = observed;
      shuffle(labels, RandomStream(options.seed, std::string(name) + "/" + std::to_string(i)));
      statistic(labels, rows.data() + static_cast<size_t>(i) * width);
    }
  });
  return rows;
}

double mean(const double* values, size_t count) {
  return std::accumulate(values, values + count, 0.0) / static_cast<double>(count);
}

/// `counts`: the continuations of each value or group.
PermutationResult compare(double observed, std::vector<double> null,
                          const std::vector<int64_t>& counts, double alpha) {
  PermutationResult result;
  result.observed = observed;
  const auto least = static_cast<double>(std::max<int64_t>(1, std::ranges::min(counts)));
  result.hidden = std::min(1.0, -std::log(alpha) / least);
  std::sort(null.begin(), null.end());
  const auto count = static_cast<double>(null.size());
  result.null_mean = mean(null.data(), null.size());
  double squares = 0;
  for (const double value : null)
    squares += (value - result.null_mean) * (value - result.null_mean);
  result.null_sd = std::sqrt(squares / count);
  const auto rank = static_cast<size_t>(std::ceil((1 - alpha) * count));
  result.critical = null[std::min(null.size(), std::max<size_t>(1, rank)) - 1];
  // Rounding may part equal sums: what differs by less counts as equal, which is the safe side.
  const double equal = observed - 1e-12;
  const auto larger = null.end() - std::lower_bound(null.begin(), null.end(), equal);
  result.p_value = (1 + static_cast<double>(larger)) / (1 + count);
  return result;
}

std::vector<int64_t> counts_of_values(const std::vector<SortedPool>& pools) {
  std::vector<int64_t> counts(pools.front().sizes.size(), 0);
  for (const SortedPool& pool : pools)
    for (size_t a = 0; a < counts.size(); ++a) counts[a] += pool.sizes[a];
  return counts;
}

std::vector<int64_t> counts_of_groups(const ScoreTable& table,
                                      const std::vector<SortedPool>& pools) {
  const std::vector<int64_t> of_values = counts_of_values(pools);
  std::vector<int64_t> counts(table.groups.size(), 0);
  for (size_t a = 0; a < of_values.size(); ++a)
    counts[static_cast<size_t>(table.group[a])] += of_values[a];
  return counts;
}

/// Column `column` of rows, each of `columns` numbers.
std::vector<double> column_of(const std::vector<double>& rows, size_t columns, size_t column) {
  std::vector<double> values;
  for (size_t at = column; at < rows.size(); at += columns) values.push_back(rows[at]);
  return values;
}

/// Writes the `columns` distances of one template.
using Distances =
    std::function<void(const SortedPool& pool, const std::vector<int32_t>& labels, double* out)>;

/// Of each distance its mean over templates, and the same for each template alone.
std::vector<PermutationResult> test_templates(const std::vector<SortedPool>& pools,
                                              const char* name, const PermutationOptions& options,
                                              size_t columns, const Distances& distances) {
  const size_t templates = pools.size(), width = templates * columns;
  const Labels labels = observed_labels(pools);
  // Distance by distance, the templates of one beside each other.
  const Statistic statistic = [&](const Labels& given, double* out) {
    std::vector<double> one(columns);
    for (size_t m = 0; m < templates; ++m) {
      distances(pools[m], given[m], one.data());
      for (size_t c = 0; c < columns; ++c) out[c * templates + m] = one[c];
    }
  };
  std::vector<double> observed(width), own_null(width, 0.0);
  statistic(labels, observed.data());
  const std::vector<double> rows = null_rows(labels, width, name, options, statistic);
  for (size_t at = 0; at < rows.size(); ++at) own_null[at % width] += rows[at];
  std::vector<PermutationResult> results;
  for (size_t c = 0; c < columns; ++c) {
    const size_t first = c * templates;
    std::vector<double> null;
    for (size_t at = first; at < rows.size(); at += width)
      null.push_back(mean(rows.data() + at, templates));
    const auto count = static_cast<double>(null.size());
    results.push_back(compare(mean(observed.data() + first, templates), std::move(null),
                              counts_of_values(pools), options.alpha));
    for (size_t m = first; m < first + templates; ++m)
      results.back().template_corrected.push_back(observed[m] - own_null[m] / count);
  }
  return results;
}

/// The mean distance of all pairs of values.
PermutationResult test_all_pairs(const std::vector<SortedPool>& pools, const char* name,
                                 const PermutationOptions& options) {
  return test_templates(pools, name, options, 1,
                        [](const SortedPool& pool, const std::vector<int32_t>& labels,
                           double* out) { *out = pool.mean_pair_distance(labels); })
      .front();
}

std::vector<SortedPool> pools_of(const ScoreTable& table) {
  std::vector<SortedPool> pools;
  for (const auto& cells : table.scores) pools.emplace_back(cells);
  return pools;
}

}  // namespace

int64_t PermutationOptions::refined() const {
  const auto needed = static_cast<int64_t>(std::ceil(static_cast<double>(pair_family) / alpha));
  return std::max(kPairRefinement * (1 + permutations), std::min(needed, kMostRefined));
}

int64_t PermutationOptions::for_family(int64_t tests) const {
  // One more than tests / alpha, the observed table included: rounding must not miss alpha.
  const auto needed = static_cast<int64_t>(std::ceil(static_cast<double>(tests) / alpha));
  return std::max(permutations, std::min(needed, kMostRefined));
}

double PermutationResult::detectable() const {
  return critical - null_mean + normal_quantile(kPower) * null_sd;
}

PermutationResult test_individual_fairness(const ScoreTable& table,
                                           const PermutationOptions& options) {
  return test_individual_across_groups(table, options).all;
}

IndividualTests test_individual_across_groups(const ScoreTable& table,
                                              const PermutationOptions& options) {
  const std::vector<ValuePair> pairs = value_pairs(table);
  std::vector<PermutationResult> results =
      test_templates(pools_of(table), "individual", options, 2,
                     [&](const SortedPool& pool, const std::vector<int32_t>& labels, double* out) {
                       const PairMeans means = pool.mean_pair_distances(labels, pairs);
                       out[0] = means.all;
                       out[1] = means.across_groups;
                     });
  return {std::move(results[0]), std::move(results[1])};
}

PermutationResult test_group_fairness(const ScoreTable& table, const PermutationOptions& options) {
  const PooledOrder order(table);
  const std::vector<int64_t> once(table.scores.size(), 1);
  const Labels labels = observed_labels(order.pools());
  std::vector<double> null = null_rows(
      labels, 1, "group", options,
      [&](const Labels& given, double* out) { *out = order.group_fairness(given, once); });
  return compare(order.group_fairness(labels, once), std::move(null),
                 counts_of_groups(table, order.pools()), options.alpha);
}

ParityTests test_parities(const ScoreTable& table, const PermutationOptions& options) {
  const PooledOrder order(table);
  const Labels labels = observed_labels(order.pools());
  const Statistic statistic = [&](const Labels& given, double* out) {
    const std::vector<std::vector<double>> groups = order.group_scores(given);
    out[0] = strict_parity_sorted(groups).gap;
    out[1] = weak_parity_sorted(groups).gap;
  };
  double observed[2];
  statistic(labels, observed);
  const std::vector<double> rows = null_rows(labels, 2, "parity", options, statistic);
  const std::vector<int64_t> counts = counts_of_groups(table, order.pools());
  return {compare(observed[0], column_of(rows, 2, 0), counts, options.alpha),
          compare(observed[1], column_of(rows, 2, 1), counts, options.alpha)};
}

PermutationResult test_pair(const ScoreTable& table, int64_t a, int64_t b,
                            const PermutationOptions& options) {
  std::vector<SortedPool> pools;
  for (const auto& cells : table.scores) {
    const std::vector<double> pair[] = {cells[static_cast<size_t>(a)],
                                        cells[static_cast<size_t>(b)]};
    pools.emplace_back(pair);
  }
  const PermutationResult few = test_all_pairs(pools, "pair", options);
  const auto rounds = static_cast<double>(1 + options.permutations);
  if (few.p_value * rounds >= kEnoughReached) return few;
  PermutationOptions many = options;
  many.permutations = options.refined() - 1;
  return test_all_pairs(pools, "pair", many);
}

}  // namespace limbeck::fairness
