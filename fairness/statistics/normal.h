#pragma once

namespace limbeck::fairness {

/// Distribution function of the standard normal distribution.
double normal_cdf(double x);
/// Its inverse; p in (0, 1), infinite at the ends. Error below 1e-13.
double normal_quantile(double p);

}  // namespace limbeck::fairness
