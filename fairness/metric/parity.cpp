#include "fairness/metric/parity.h"

#include <algorithm>
#include <cmath>

#include "fairness/metric/wasserstein.h"

namespace limbeck::fairness {
namespace {

template <class Distance>
ParityGap widest(const ScoreTable& table, Distance distance) {
  std::vector<std::vector<double>> pools = group_scores(table);
  for (std::vector<double>& pool : pools) std::sort(pool.begin(), pool.end());
  ParityGap widest{-1, 0, 0};
  for (size_t a = 0; a < pools.size(); ++a)
    for (size_t b = a + 1; b < pools.size(); ++b) {
      const double gap = distance(pools[a], pools[b]);
      if (gap > widest.gap) widest = {gap, static_cast<int64_t>(a), static_cast<int64_t>(b)};
    }
  return widest;
}

}  // namespace

ParityGap strict_parity(const ScoreTable& table) {
  return widest(table, [](const auto& a, const auto& b) { return wasserstein1_sorted(a, b); });
}

ParityGap weak_parity(const ScoreTable& table, double threshold) {
  const auto share_above = [&](const std::vector<double>& sorted) {
    const auto above = sorted.end() - std::upper_bound(sorted.begin(), sorted.end(), threshold);
    return static_cast<double>(above) / static_cast<double>(sorted.size());
  };
  return widest(table, [&](const auto& a, const auto& b) {
    return std::fabs(share_above(a) - share_above(b));
  });
}

}  // namespace limbeck::fairness
