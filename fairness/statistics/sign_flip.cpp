#include "fairness/statistics/sign_flip.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "nlp/core/random_stream.h"
#include "nlp/core/threads.h"

namespace limbeck::fairness {
namespace {

constexpr size_t kMostExact = 16;
constexpr int64_t kPatterns = 9999;
constexpr size_t kMostExactClusters = 10;
constexpr size_t kClusterPatterns = 999;

}  // namespace

double sign_flip_p_value(std::span<const double> differences, uint64_t seed) {
  if (differences.empty()) return 1;
  double scale = 0;
  for (const double value : differences) scale += std::fabs(value);
  // Sums that differ by rounding alone count as equal.
  const double least = std::accumulate(differences.begin(), differences.end(), 0.0) - 1e-12 * scale;
  const auto reaches = [&](auto&& is_flipped) {
    double sum = 0;
    for (size_t i = 0; i < differences.size(); ++i)
      sum += is_flipped(i) ? -differences[i] : differences[i];
    return sum >= least;
  };
  int64_t hits = 0;
  if (differences.size() <= kMostExact) {
    const uint64_t patterns = uint64_t{1} << differences.size();
    for (uint64_t pattern = 0; pattern < patterns; ++pattern)
      hits += reaches([&](size_t i) { return (pattern >> i & 1) != 0; });
    return static_cast<double>(hits) / static_cast<double>(patterns);
  }
  RandomStream random(seed, "sign-flip");
  for (int64_t i = 0; i < kPatterns; ++i)
    hits += reaches([&](size_t) { return random.below(2) != 0; });
  return (1 + static_cast<double>(hits)) / (1 + static_cast<double>(kPatterns));
}

double least_sign_flip_p(int64_t differences) {
  return differences <= static_cast<int64_t>(kMostExact)
             ? std::ldexp(1.0, -static_cast<int>(std::max<int64_t>(0, differences)))
             : 1 / (1 + static_cast<double>(kPatterns));
}

double least_exchange_p(int64_t clusters) {
  return clusters <= static_cast<int64_t>(kMostExactClusters)
             ? std::ldexp(1.0, -static_cast<int>(std::max<int64_t>(0, clusters)))
             : 1 / (1 + static_cast<double>(kClusterPatterns));
}

double sign_flip_p_value(size_t clusters, const FlippedStatistic& statistic, uint64_t seed) {
  if (clusters == 0) return 1;
  const bool is_exact = clusters <= kMostExactClusters;
  const size_t patterns = is_exact ? size_t{1} << clusters : kClusterPatterns;
  std::vector<double> values(patterns);
  parallel_for(static_cast<int64_t>(patterns), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      RandomStream random(seed, "exchange/" + std::to_string(i));
      std::vector<bool> is_flipped(clusters);
      for (size_t k = 0; k < clusters; ++k)
        is_flipped[k] = is_exact ? (i >> k & 1) != 0 : random.below(2) != 0;
      values[static_cast<size_t>(i)] = statistic(is_flipped);
    }
  });
  // Rounding may part equal sums: what differs by less counts as equal, which is the safe side.
  const double least = statistic(std::vector<bool>(clusters, false)) - 1e-12;
  const auto hits =
      static_cast<double>(std::ranges::count_if(values, [&](double v) { return v >= least; }));
  const auto count = static_cast<double>(patterns);
  return is_exact ? hits / count : (1 + hits) / (1 + count);
}

}  // namespace limbeck::fairness
