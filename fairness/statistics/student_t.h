#pragma once

#include <cstdint>

namespace limbeck::fairness {

/// The t beyond which Student's distribution with so many degrees of freedom has the probability
/// `tail`.
///
/// Source: Abramowitz & Stegun 1964, eq. 26.7.3 and 26.7.4 (sums for whole degrees), solved by
///         bisection.
/// Throws: ConfigError for no degree of freedom, or a tail outside (0, 1/2].
double student_t_beyond(double tail, int64_t degrees);

}  // namespace limbeck::fairness
