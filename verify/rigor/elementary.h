#pragma once

#include "verify/rigor/rounding.h"

/// Enclosures of elementary functions over enclosures of their arguments.
/// Law:     for every x in the argument, f(x) lies in the result (tested against MPFI).
namespace limbeck::verify {

Enclosure enclose_exp(const Enclosure& x);
/// All reals unless x > 0.
Enclosure enclose_log(const Enclosure& x);
/// ln(1 + x), for x > -1.
Enclosure enclose_log1p(const Enclosure& x);
/// sqrt(max(x, 0)).
Enclosure enclose_sqrt(const Enclosure& x);
Enclosure enclose_tanh(const Enclosure& x);
Enclosure enclose_erf(const Enclosure& x);
/// 1 - erf(x).
Enclosure enclose_erfc(const Enclosure& x);
/// 1 / (1 + e^-x).
Enclosure enclose_sigmoid(const Enclosure& x);
/// At a single point; [-1, 1] beyond |x| = 1e6.
Enclosure enclose_sin(double x);
Enclosure enclose_cos(double x);
/// x^n of a whole n >= 0.
Enclosure enclose_power(const Enclosure& x, int n);

}  // namespace limbeck::verify
