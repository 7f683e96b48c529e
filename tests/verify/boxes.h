#pragma once

#include <torch/types.h>

#include <vector>

#include "verify/bound/interval.h"

namespace limbeck::test {

/// Intervals of every kind, as (B): points, narrow, crossing, one-sided, wide, saturated, around
/// the inflections of the smooth functions. Within [least, most].
inline verify::Interval all_kinds_of_intervals(double least = -1e4, double most = 1e4) {
  std::vector<double> lower, upper;
  const double centers[] = {0,       1e-3, -1e-3, 0.3, -0.3, 0.7517, -0.7517, 1,   -1,  1.4142,
                            -1.4142, 2.4,  -2.4,  5,   -5,   30,     -30,     300, -300};
  const double radii[] = {0, 1e-12, 1e-6, 1e-3, 0.05, 0.5, 1, 2, 5, 20, 100, 1000};
  for (const double c : centers)
    for (const double r : radii) {
      lower.push_back(std::min(std::max(c - r, least), most));
      upper.push_back(std::min(std::max(c + r, least), most));
      lower.push_back(std::min(std::max(c, least), most));  // one-sided from the centre
      upper.push_back(std::min(std::max(c + r, least), most));
    }
  return {torch::tensor(lower, at::kDouble), torch::tensor(upper, at::kDouble)};
}

/// Points of each interval: ends, middle, kinks, a fine grid, random ones: (K, B).
inline at::Tensor points_in(const verify::Interval& x) {
  at::Tensor share =
      torch::cat({torch::linspace(0, 1, 257, at::kDouble), torch::rand({64}, at::kDouble),
                  torch::logspace(-12, -1, 23, 10, at::kDouble),
                  1 - torch::logspace(-12, -1, 23, 10, at::kDouble)});
  at::Tensor points = x.lower + share.unsqueeze(1) * (x.upper - x.lower);
  at::Tensor kinks = torch::tensor(
      {0.0, 0.75179152, -0.75179152, 1.41421356, -1.41421356, 2.39935728, -2.39935728, 1.0, -1.0},
      at::kDouble);
  points = torch::cat({points, kinks.unsqueeze(1).expand({-1, x.lower.size(0)})});
  return torch::minimum(torch::maximum(points, x.lower), x.upper);
}

}  // namespace limbeck::test
