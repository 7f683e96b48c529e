#include "data/metric/f1.h"

#include "data/metric/same_length.h"

namespace limbeck::data {

double f1(std::span<const int> predicted, std::span<const int> expected, int positive) {
  require_same_length("f1", predicted.size(), expected.size());
  size_t both = 0, either = 0;  // either counts a true positive twice
  for (size_t i = 0; i < predicted.size(); ++i) {
    const size_t is_predicted = predicted[i] == positive ? 1 : 0;
    const size_t is_expected = expected[i] == positive ? 1 : 0;
    both += is_predicted * is_expected;
    either += is_predicted + is_expected;
  }
  return either == 0 ? 0.0 : 2.0 * static_cast<double>(both) / static_cast<double>(either);
}

}  // namespace limbeck::data
