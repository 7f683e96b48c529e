#include "fairness/statistics/sorted_pool.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fairness/metric/wasserstein.h"

namespace limbeck::fairness {
namespace {

/// W1 of two values: the area between their distribution functions, gap by gap.
double two_value_distance(const SortedPool& pool, std::span<const int32_t> labels) {
  const double step[2] = {1 / static_cast<double>(pool.sizes[0]),
                          -1 / static_cast<double>(pool.sizes[1])};
  double area = 0, difference = 0;
  for (size_t i = 0; i + 1 < pool.scores.size(); ++i) {
    difference += step[labels[i]];
    area += (pool.scores[i + 1] - pool.scores[i]) * std::fabs(difference);
  }
  return area;
}

}  // namespace

SortedPool::SortedPool(std::span<const std::vector<double>> cells) {
  std::vector<std::pair<double, int32_t>> all;
  for (size_t a = 0; a < cells.size(); ++a) {
    sizes.push_back(static_cast<int64_t>(cells[a].size()));
    for (const double score : cells[a]) all.emplace_back(score, static_cast<int32_t>(a));
  }
  std::sort(all.begin(), all.end());
  for (const auto& [score, label] : all) {
    scores.push_back(score);
    labels.push_back(label);
  }
}

std::vector<std::vector<double>> SortedPool::dealt(std::span<const int32_t> given) const {
  std::vector<std::vector<double>> cells(sizes.size());
  for (size_t a = 0; a < sizes.size(); ++a) cells[a].reserve(static_cast<size_t>(sizes[a]));
  for (size_t i = 0; i < scores.size(); ++i)
    cells[static_cast<size_t>(given[i])].push_back(scores[i]);
  return cells;
}

PairMeans SortedPool::mean_pair_distances(std::span<const int32_t> given,
                                          std::span<const ValuePair> pairs) const {
  if (sizes.size() == 2 && pairs.size() == 1) {
    const double distance = two_value_distance(*this, given);
    return {distance, pairs.front().crosses_groups ? distance : 0};
  }
  const std::vector<std::vector<double>> cells = dealt(given);
  PairMeans sums;
  int64_t across = 0;
  for (const ValuePair& pair : pairs) {
    const double distance = wasserstein1_sorted(cells[pair.a], cells[pair.b]);
    sums.all += distance;
    if (!pair.crosses_groups) continue;
    sums.across_groups += distance;
    ++across;
  }
  return {sums.all / static_cast<double>(std::max<size_t>(1, pairs.size())),
          sums.across_groups / static_cast<double>(std::max<int64_t>(1, across))};
}

double SortedPool::mean_pair_distance(std::span<const int32_t> given) const {
  if (sizes.size() == 2) return two_value_distance(*this, given);
  const std::vector<std::vector<double>> cells = dealt(given);
  double sum = 0;
  for (size_t a = 0; a < cells.size(); ++a)
    for (size_t b = a + 1; b < cells.size(); ++b) sum += wasserstein1_sorted(cells[a], cells[b]);
  return 2 * sum / static_cast<double>(cells.size() * (cells.size() - 1));
}

PooledOrder::PooledOrder(const ScoreTable& table)
    : group_(table.group), groups_(table.groups.size()) {
  for (const auto& cells : table.scores) pools_.emplace_back(cells);
  for (size_t m = 0; m < pools_.size(); ++m)
    for (size_t i = 0; i < pools_[m].scores.size(); ++i)
      order_.push_back({static_cast<int32_t>(m), static_cast<int32_t>(i)});
  const auto score = [&](const Place& place) {
    return pools_[static_cast<size_t>(place.pool)].scores[static_cast<size_t>(place.position)];
  };
  std::stable_sort(order_.begin(), order_.end(),
                   [&](const Place& x, const Place& y) { return score(x) < score(y); });
}

double PooledOrder::group_fairness(std::span<const std::vector<int32_t>> labels,
                                   std::span<const int64_t> weights) const {
  std::vector<double> share(groups_, 0.0), step(groups_, 0.0), area(groups_, 0.0);
  double all = 0;
  for (size_t m = 0; m < pools_.size(); ++m)
    for (size_t a = 0; a < pools_[m].sizes.size(); ++a) {
      const auto count = static_cast<double>(weights[m] * pools_[m].sizes[a]);
      step[static_cast<size_t>(group_[a])] += count;
      all += count;
    }
  double before = 0, common = 0;
  for (const Place& place : order_) {
    const auto m = static_cast<size_t>(place.pool), i = static_cast<size_t>(place.position);
    if (weights[m] == 0) continue;
    const double gap = pools_[m].scores[i] - before;
    if (gap > 0 && common > 0)
      for (size_t g = 0; g < groups_; ++g)
        area[g] += gap * std::fabs(share[g] / step[g] - common / all);
    before = pools_[m].scores[i];
    const auto weight = static_cast<double>(weights[m]);
    share[static_cast<size_t>(group_[static_cast<size_t>(labels[m][i])])] += weight;
    common += weight;
  }
  return std::accumulate(area.begin(), area.end(), 0.0) / static_cast<double>(groups_);
}

std::vector<std::vector<double>> PooledOrder::group_scores(
    std::span<const std::vector<int32_t>> labels) const {
  std::vector<std::vector<double>> groups(groups_);
  for (const Place& place : order_) {
    const auto m = static_cast<size_t>(place.pool), i = static_cast<size_t>(place.position);
    groups[static_cast<size_t>(group_[static_cast<size_t>(labels[m][i])])].push_back(
        pools_[m].scores[i]);
  }
  return groups;
}

}  // namespace limbeck::fairness
