#include "fairness/statistics/student_t.h"

#include <cmath>
#include <string>

#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

/// Probability of [-t, t].
double central_probability(double t, int64_t degrees) {
  const double angle = std::atan(t / std::sqrt(static_cast<double>(degrees)));
  const double sine = std::sin(angle), cosine = std::cos(angle);
  const bool is_odd = degrees % 2 == 1;
  double term = is_odd ? cosine : 1, sum = degrees == 1 ? 0 : term;
  for (int64_t k = is_odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= cosine * cosine * static_cast<double>(k - 1) / static_cast<double>(k);
    sum += term;
  }
  return is_odd ? 2 / M_PI * (angle + sine * sum) : sine * sum;
}

}  // namespace

double student_t_beyond(double tail, int64_t degrees) {
  if (degrees < 1)
    throw ConfigError("student t: expected at least 1 degree of freedom, got " +
                      std::to_string(degrees));
  if (!(tail > 0 && tail <= 0.5))
    throw ConfigError("student t: expected a tail above 0, up to 0.5, got " + std::to_string(tail));
  double low = 0, high = 1;
  while (high < 1e12 && 0.5 * (1 - central_probability(high, degrees)) > tail) high *= 2;
  for (int step = 0; step < 100; ++step) {
    const double middle = 0.5 * (low + high);
    (0.5 * (1 - central_probability(middle, degrees)) > tail ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace limbeck::fairness
