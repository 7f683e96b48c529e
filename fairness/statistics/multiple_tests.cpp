#include "fairness/statistics/multiple_tests.h"

#include <algorithm>
#include <numeric>

namespace limbeck::fairness {
namespace {

std::vector<size_t> rising_order(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return values[a] < values[b]; });
  return order;
}

}  // namespace

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<double> adjusted(p_values.size());
  double most = 0;
  size_t left = p_values.size();
  for (const size_t i : rising_order(p_values)) {
    most = std::max(most, std::min(1.0, p_values[i] * static_cast<double>(left--)));
    adjusted[i] = most;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  std::vector<double> adjusted(p_values.size());
  const std::vector<size_t> order = rising_order(p_values);
  const auto count = static_cast<double>(p_values.size());
  double least = 1;
  for (size_t rank = order.size(); rank > 0; --rank) {
    least = std::min(least, p_values[order[rank - 1]] * count / static_cast<double>(rank));
    adjusted[order[rank - 1]] = least;
  }
  return adjusted;
}

std::vector<AdjustedP> adjusted(std::span<const double> p_values) {
  const std::vector<double> family = holm(p_values), discovery = benjamini_hochberg(p_values);
  std::vector<AdjustedP> both(p_values.size());
  for (size_t i = 0; i < both.size(); ++i) both[i] = {family[i], discovery[i]};
  return both;
}

}  // namespace limbeck::fairness
