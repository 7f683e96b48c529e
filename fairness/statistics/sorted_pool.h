#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fairness/metric/score_table.h"

namespace limbeck::fairness {

/// Means of distances over pairs of values, and over those of different groups.
struct PairMeans {
  double all = 0, across_groups = 0;
};

/// The scores of one template in rising order, each with the number of its value. A permutation
/// deals out the numbers anew and keeps the order, so nothing is sorted twice.
struct SortedPool {
  std::vector<double> scores;
  std::vector<int32_t> labels;  ///< as observed
  std::vector<int64_t> sizes;   ///< scores of each value

  explicit SortedPool(std::span<const std::vector<double>> cells);

  /// The mean of W1 over all pairs of values, when score i belongs to value labels[i].
  double mean_pair_distance(std::span<const int32_t> labels) const;
  /// The same over these pairs, and over those of them that cross groups; 0 for no pair.
  PairMeans mean_pair_distances(std::span<const int32_t> labels,
                                std::span<const ValuePair> pairs) const;

 private:
  /// The scores of each value, rising.
  std::vector<std::vector<double>> dealt(std::span<const int32_t> labels) const;
};

/// The scores of all templates in one rising order, for distances of pooled groups.
class PooledOrder {
 public:
  explicit PooledOrder(const ScoreTable& table);

  const std::vector<SortedPool>& pools() const { return pools_; }
  /// Group fairness (eq. 4) when labels[m] are those of template m and each of its scores counts
  /// weights[m] times.
  double group_fairness(std::span<const std::vector<int32_t>> labels,
                        std::span<const int64_t> weights) const;
  /// The scores of each group, rising, when labels[m] are those of template m.
  std::vector<std::vector<double>> group_scores(std::span<const std::vector<int32_t>> labels) const;

 private:
  struct Place {
    int32_t pool, position;
  };

  std::vector<SortedPool> pools_;
  std::vector<int64_t> group_;
  size_t groups_;
  std::vector<Place> order_;
};

}  // namespace limbeck::fairness
