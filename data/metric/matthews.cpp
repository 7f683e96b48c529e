#include "data/metric/matthews.h"

#include <cmath>
#include <map>

#include "data/metric/same_length.h"

namespace limbeck::data {

double matthews_correlation(std::span<const int> predicted, std::span<const int> expected) {
  require_same_length("mcc", predicted.size(), expected.size());
  std::map<int, std::pair<double, double>> counts;  // class: times predicted, times expected
  double equal = 0;
  for (size_t i = 0; i < predicted.size(); ++i) {
    counts[predicted[i]].first += 1;
    counts[expected[i]].second += 1;
    equal += predicted[i] == expected[i] ? 1 : 0;
  }
  const double total = static_cast<double>(predicted.size());
  double chance = 0, predicted_squares = 0, expected_squares = 0;
  for (const auto& [label, count] : counts) {
    chance += count.first * count.second;
    predicted_squares += count.first * count.first;
    expected_squares += count.second * count.second;
  }
  // The covariances of the one-hot label vectors, times total^2.
  const double variances = (total * total - predicted_squares) * (total * total - expected_squares);
  return variances == 0 ? 0.0 : (equal * total - chance) / std::sqrt(variances);
}

}  // namespace limbeck::data
