#pragma once

#include <cstdint>
#include <span>

namespace limbeck::fairness {

/// How surprising the mean of paired differences is when each is as likely to have the other sign:
/// the share of all sign patterns whose mean is at least as large (one-sided: larger is worse).
///
/// Law:    under symmetric differences P(p <= x) <= x. Exact up to 16 differences, else from 9,999
///         random patterns and (1 + hits) / (1 + patterns); 1 for none.
/// Source: Fisher 1935, sec. 21.
double sign_flip_p_value(std::span<const double> differences, uint64_t seed);

}  // namespace limbeck::fairness
