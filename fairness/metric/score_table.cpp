#include "fairness/metric/score_table.h"

#include <algorithm>
#include <cmath>

#include "fairness/metric/wasserstein.h"
#include "nlp/core/errors.h"

namespace limbeck::fairness {

void ScoreTable::validate() const {
  if (values.size() < 2 || groups.size() < 2)
    throw ConfigError("fairness: expected at least two values of two groups, got " +
                      std::to_string(values.size()) + " of " + std::to_string(groups.size()));
  for (size_t m = 0; m < templates.size(); ++m)
    for (size_t a = 0; a < values.size(); ++a) {
      const std::string where = "template '" + templates[m] + "', value '" + values[a] + "': ";
      if (scores[m][a].empty()) throw DataError(where + "no continuation was scored");
      for (const double score : scores[m][a])
        if (!(score >= 0 && score <= 1))
          throw DataError(where + "expected scores from 0 to 1 (is the scorer damaged?)");
    }
}

bool differ_in_one_part(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || a.size() != b.size()) return true;
  int64_t differing = 0;
  for (size_t i = 0; i < a.size(); ++i) differing += a[i] != b[i];
  return differing == 1;
}

std::vector<ValuePair> value_pairs(const ScoreTable& table) {
  std::vector<ValuePair> pairs;
  for (size_t a = 0; a < table.values.size(); ++a)
    for (size_t b = a + 1; b < table.values.size(); ++b)
      if (table.parts.empty() || differ_in_one_part(table.parts[a], table.parts[b]))
        pairs.push_back({a, b, table.group[a] != table.group[b]});
  return pairs;
}

double individual_fairness(const ScoreTable& table, bool across_groups) {
  const std::vector<ValuePair> compared = value_pairs(table);
  double sum = 0;
  int64_t pairs = 0;
  for (const auto& cells : table.scores) {
    std::vector<std::vector<double>> sorted = cells;
    for (std::vector<double>& cell : sorted) std::sort(cell.begin(), cell.end());
    for (const ValuePair& pair : compared) {
      if (across_groups && !pair.crosses_groups) continue;
      sum += wasserstein1_sorted(sorted[pair.a], sorted[pair.b]);
      ++pairs;
    }
  }
  return pairs == 0 ? 0 : sum / static_cast<double>(pairs);
}

std::vector<std::vector<double>> group_scores(const ScoreTable& table) {
  std::vector<std::vector<double>> pools(table.groups.size());
  for (const auto& cells : table.scores)
    for (size_t a = 0; a < cells.size(); ++a) {
      std::vector<double>& pool = pools[static_cast<size_t>(table.group[a])];
      pool.insert(pool.end(), cells[a].begin(), cells[a].end());
    }
  return pools;
}

double group_fairness(const ScoreTable& table) {
  std::vector<std::vector<double>> pools = group_scores(table);
  std::vector<double> all;
  for (const std::vector<double>& pool : pools) all.insert(all.end(), pool.begin(), pool.end());
  std::sort(all.begin(), all.end());
  double sum = 0;
  for (std::vector<double>& pool : pools) {
    std::sort(pool.begin(), pool.end());
    sum += wasserstein1_sorted(pool, all);
  }
  return sum / static_cast<double>(pools.size());
}

std::vector<double> pair_distances(const ScoreTable& table, int64_t a, int64_t b) {
  std::vector<double> distances;
  for (const auto& cells : table.scores)
    distances.push_back(wasserstein1(cells[static_cast<size_t>(a)], cells[static_cast<size_t>(b)]));
  return distances;
}

}  // namespace limbeck::fairness
