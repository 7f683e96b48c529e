#include "fairness/metric/wasserstein.h"

#include <algorithm>
#include <cmath>

#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

std::vector<double> sorted(std::span<const double> values) {
  if (values.empty()) throw DataError("W1: expected scores on both sides, got none");
  for (const double value : values)
    if (!std::isfinite(value)) throw DataError("W1: expected finite scores");
  std::vector<double> copy(values.begin(), values.end());
  std::sort(copy.begin(), copy.end());
  return copy;
}

}  // namespace

double wasserstein1_sorted(std::span<const double> a, std::span<const double> b) {
  double area = 0;
  if (a.size() == b.size()) {
    for (size_t i = 0; i < a.size(); ++i) area += std::fabs(a[i] - b[i]);
    return area / static_cast<double>(a.size());
  }
  // Between neighbouring values of the merged sample both distribution functions are constant.
  const double step_a = 1 / static_cast<double>(a.size()),
               step_b = 1 / static_cast<double>(b.size());
  size_t i = 0, j = 0;
  double at = std::min(a.front(), b.front());
  while (i < a.size() || j < b.size()) {
    const bool takes_a = j == b.size() || (i < a.size() && a[i] <= b[j]);
    const double next = takes_a ? a[i] : b[j];
    area +=
        (next - at) * std::fabs(static_cast<double>(i) * step_a - static_cast<double>(j) * step_b);
    at = next;
    ++(takes_a ? i : j);
  }
  return area;
}

double wasserstein1(std::span<const double> a, std::span<const double> b) {
  return wasserstein1_sorted(sorted(a), sorted(b));
}

}  // namespace limbeck::fairness
