#include "fairness/statistics/sign_flip.h"

#include <cmath>
#include <numeric>

#include "nlp/core/random_stream.h"

namespace limbeck::fairness {
namespace {

constexpr size_t kMostExact = 16;
constexpr int64_t kPatterns = 9999;

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

}  // namespace limbeck::fairness
