#include "fairness/statistics/permutation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "fairness/metric/wasserstein.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/threads.h"

namespace limbeck::fairness {
namespace {

/// The table with the scores of each template dealt out anew; cells keep their sizes.
ScoreTable shuffled(const ScoreTable& table, RandomStream random) {
  ScoreTable result = table;
  for (auto& cells : result.scores) {
    std::vector<double> pool;
    for (const std::vector<double>& cell : cells) pool.insert(pool.end(), cell.begin(), cell.end());
    for (size_t i = pool.size(); i > 1; --i)
      std::swap(pool[i - 1], pool[static_cast<size_t>(random.below(i))]);
    size_t at = 0;
    for (std::vector<double>& cell : cells)
      for (double& score : cell) score = pool[at++];
  }
  return result;
}

using Statistic = std::function<double(const ScoreTable&)>;

PermutationResult test(const ScoreTable& table, const char* name, const PermutationOptions& options,
                       const Statistic& statistic) {
  if (options.permutations < 1)
    throw ConfigError("permutations: expected at least 1, got " +
                      std::to_string(options.permutations));
  PermutationResult result;
  result.observed = statistic(table);
  std::vector<double> null(static_cast<size_t>(options.permutations));
  parallel_for(options.permutations, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      null[static_cast<size_t>(i)] = statistic(
          shuffled(table, RandomStream(options.seed, std::string(name) + "/" + std::to_string(i))));
  });
  std::sort(null.begin(), null.end());
  const auto count = static_cast<double>(null.size());
  result.null_mean = std::accumulate(null.begin(), null.end(), 0.0) / count;
  double squares = 0;
  for (const double value : null)
    squares += (value - result.null_mean) * (value - result.null_mean);
  result.null_sd = std::sqrt(squares / count);
  const auto rank = static_cast<size_t>(std::ceil((1 - options.alpha) * count));
  result.critical = null[std::min(null.size(), std::max<size_t>(1, rank)) - 1];
  // Rounding may part equal sums: what differs by less counts as equal, which is the safe side.
  const double least = result.observed - 1e-12;
  const auto larger = null.end() - std::lower_bound(null.begin(), null.end(), least);
  result.p_value = (1 + static_cast<double>(larger)) / (1 + count);
  return result;
}

ScoreTable two_values(const ScoreTable& table, int64_t a, int64_t b) {
  ScoreTable pair;
  pair.templates = table.templates;
  for (const auto& cells : table.scores)
    pair.scores.push_back({cells[static_cast<size_t>(a)], cells[static_cast<size_t>(b)]});
  pair.values = {table.values[static_cast<size_t>(a)], table.values[static_cast<size_t>(b)]};
  pair.groups = pair.values;
  pair.group = {0, 1};
  return pair;
}

}  // namespace

PermutationResult test_individual_fairness(const ScoreTable& table,
                                           const PermutationOptions& options) {
  return test(table, "individual", options,
              [](const ScoreTable& t) { return individual_fairness(t); });
}

PermutationResult test_group_fairness(const ScoreTable& table, const PermutationOptions& options) {
  return test(table, "group", options, group_fairness);
}

PermutationResult test_pair(const ScoreTable& table, int64_t a, int64_t b,
                            const PermutationOptions& options) {
  return test(two_values(table, a, b), "pair", options,
              [](const ScoreTable& t) { return individual_fairness(t); });
}

std::vector<double> template_distances(const ScoreTable& table) {
  std::vector<double> distances;
  for (size_t m = 0; m < table.scores.size(); ++m) {
    ScoreTable one = table;
    one.scores = {table.scores[m]};
    distances.push_back(individual_fairness(one));
  }
  return distances;
}

std::vector<double> template_null_means(const ScoreTable& table,
                                        const PermutationOptions& options) {
  std::vector<double> means;
  for (size_t m = 0; m < table.scores.size(); ++m) {
    ScoreTable one = table;
    one.templates = {table.templates[m]};
    one.scores = {table.scores[m]};
    means.push_back(
        test(one, ("template/" + std::to_string(m)).c_str(), options, [](const ScoreTable& t) {
          return individual_fairness(t);
        }).null_mean);
  }
  return means;
}

}  // namespace limbeck::fairness
