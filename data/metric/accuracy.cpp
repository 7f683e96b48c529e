#include "data/metric/accuracy.h"

#include "data/metric/same_length.h"

namespace limbeck::data {

double accuracy(std::span<const int> predicted, std::span<const int> expected) {
  require_same_length("accuracy", predicted.size(), expected.size());
  size_t equal = 0;
  for (size_t i = 0; i < predicted.size(); ++i) equal += predicted[i] == expected[i] ? 1 : 0;
  return static_cast<double>(equal) / static_cast<double>(predicted.size());
}

}  // namespace limbeck::data
