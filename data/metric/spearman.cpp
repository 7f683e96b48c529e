#include "data/metric/spearman.h"

#include <algorithm>
#include <numeric>

#include "data/metric/pearson.h"
#include "data/metric/same_length.h"

namespace limbeck::data {

std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = 0.5 * static_cast<double>(begin + 1 + end);  // mean of begin+1 .. end
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = rank;
    begin = end;
  }
  return ranks;
}

double spearman_correlation(std::span<const double> x, std::span<const double> y) {
  require_same_length("spearman", x.size(), y.size());
  return pearson_correlation(average_ranks(x), average_ranks(y));
}

}  // namespace limbeck::data
