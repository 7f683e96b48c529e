#include "fairness/metric/parity.h"

#include <algorithm>
#include <cmath>

#include "fairness/metric/wasserstein.h"

namespace limbeck::fairness {
namespace {

std::vector<std::vector<double>> sorted_groups_of(const ScoreTable& table) {
  std::vector<std::vector<double>> pools = group_scores(table);
  for (std::vector<double>& pool : pools) std::sort(pool.begin(), pool.end());
  return pools;
}

/// The pair of groups with the largest distance(a, b).
template <class Distance>
ParityGap widest_gap(size_t groups, Distance distance) {
  ParityGap widest{-1, 0, 0};
  for (size_t a = 0; a < groups; ++a)
    for (size_t b = a + 1; b < groups; ++b) {
      const double gap = distance(a, b);
      if (gap > widest.gap) widest = {gap, static_cast<int64_t>(a), static_cast<int64_t>(b)};
    }
  return widest;
}

}  // namespace

ParityGap strict_parity(const ScoreTable& table) {
  return strict_parity_sorted(sorted_groups_of(table));
}

ParityGap weak_parity(const ScoreTable& table, double threshold) {
  return weak_parity_sorted(sorted_groups_of(table), threshold);
}

ParityGap strict_parity_sorted(std::span<const std::vector<double>> groups) {
  return widest_gap(groups.size(),
                    [&](size_t a, size_t b) { return wasserstein1_sorted(groups[a], groups[b]); });
}

ParityGap weak_parity_sorted(std::span<const std::vector<double>> groups, double threshold) {
  std::vector<double> shares;
  for (const std::vector<double>& group : groups) {
    const auto above = group.end() - std::upper_bound(group.begin(), group.end(), threshold);
    shares.push_back(static_cast<double>(above) / static_cast<double>(group.size()));
  }
  return widest_gap(groups.size(),
                    [&](size_t a, size_t b) { return std::fabs(shares[a] - shares[b]); });
}

}  // namespace limbeck::fairness
