#include "fairness/statistics/normal.h"

#include <cmath>
#include <limits>

namespace limbeck::fairness {

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double normal_quantile(double p) {
  if (p <= 0) return -std::numeric_limits<double>::infinity();
  if (p >= 1) return std::numeric_limits<double>::infinity();
  if (p > 0.5) return -normal_quantile(1 - p);
  // Bisection brackets the root, Newton's steps sharpen it: no table of coefficients to trust.
  double low = -40, high = 0;
  for (int i = 0; i < 40; ++i) {
    const double middle = 0.5 * (low + high);
    (normal_cdf(middle) < p ? low : high) = middle;
  }
  double x = 0.5 * (low + high);
  for (int i = 0; i < 3; ++i) {
    const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * M_PI);
    if (density > 0) x -= (normal_cdf(x) - p) / density;
  }
  return x;
}

}  // namespace limbeck::fairness
