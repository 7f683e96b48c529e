#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

/// What rounding can cost, each constant with its derivation. Arithmetic is IEEE double, rounded to
/// nearest; results below the smallest normal number may be flushed to zero, inputs may not.
namespace limbeck::verify {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Half the distance of 1 to the next double: a rounded operation has a relative error <= kUnit.
inline constexpr double kUnit = 0x1p-53;

/// What underflow can cost a whole sum of products: each of them loses less than 2^-1022, and
/// nothing here sums more than 2^20 * 2^20 of them: 2^40 * 2^-1022 < 1e-295.
inline constexpr double kUnderflow = 1e-295;

/// What underflow of squares can cost a Euclidean norm of at most 2^40 elements: each square loses
/// less than 2^-1022, so the norm less than 2^20 * 2^-511 < 1e-147.
inline constexpr double kRootUnderflow = 1e-147;

/// Units in the last place that functions of libm (glibc: exp, expm1, log, log1p, tanh, erf, erfc,
/// sin, cos) may be wrong by. The largest documented error among them is 5 (erfc, x86_64); doubled
/// for other versions, and tested against MPFI.
inline constexpr double kLibmUlps = 10;

/// gamma_n = n u / (1 - n u): the relative error of n roundings in a row, of a sum of n products in
/// any order of summation included. Rounded up. For n < 2^50.
/// Source:  Higham 2002, Accuracy and Stability of Numerical Algorithms, lemma 3.1 and sec. 3.1.
inline double gamma(double n) { return n * kUnit / (1 - n * kUnit) * (1 + 8 * kUnit); }

/// The unit roundoff of float32, and what its elementary functions may be wrong by in units in the
/// last place: SLEEF promises 1.0, LibTorch's own forms take a few operations more.
inline constexpr double kFloatUnit = 0x1p-24;
inline constexpr double kExecutedUlps = 16;
/// As kUnderflow, for float32: 2^20 products of less than 2^-126 each.
inline constexpr double kFloatUnderflow = 1e-31;

/// gamma_n of float32.
inline double gamma_float(double n) {
  return n * kFloatUnit / (1 - n * kFloatUnit) * (1 + 8 * kUnit);
}

/// At least the next double above x; at most the one after it.
/// Source:  Rump, Zimmermann, Boldo, Melquiond 2009, "Computing predecessor and successor in
///          rounding to nearest", alg. 1: x + (|x| u (1 + 2 u) + 2^-1074).
inline double next_up(double x) {
  if (x == -std::numeric_limits<double>::infinity()) return std::numeric_limits<double>::lowest();
  return x + (std::abs(x) * (kUnit * (1 + 2 * kUnit)) + 0x1p-1074);
}
/// At most the next double below x.
inline double next_down(double x) { return -next_up(-x); }

/// All reals between two doubles. Operations give an enclosure of every result; one that cannot be
/// enclosed (infinity times zero) gives all reals.
struct Enclosure {
  double lower = 0, upper = 0;

  Enclosure() = default;
  Enclosure(double point) : lower(point), upper(point) {}  // NOLINT: numbers are enclosures
  Enclosure(double low, double high) : lower(low), upper(high) {}

  double magnitude() const { return std::max(std::abs(lower), std::abs(upper)); }
};

/// [low, high] widened by one rounding on either side; all reals when a side is NaN.
inline Enclosure outward(double low, double high) {
  return {std::isnan(low) ? -kInfinity : next_down(low),
          std::isnan(high) ? kInfinity : next_up(high)};
}

inline Enclosure operator-(const Enclosure& x) { return {-x.upper, -x.lower}; }

inline Enclosure operator+(const Enclosure& x, const Enclosure& y) {
  return outward(x.lower + y.lower, x.upper + y.upper);
}

inline Enclosure operator-(const Enclosure& x, const Enclosure& y) { return x + -y; }

inline Enclosure operator*(const Enclosure& x, const Enclosure& y) {
  const double a = x.lower * y.lower, b = x.lower * y.upper, c = x.upper * y.lower,
               d = x.upper * y.upper;
  if (std::isnan(a) || std::isnan(b) || std::isnan(c) || std::isnan(d)) return outward(NAN, NAN);
  return outward(std::min(std::min(a, b), std::min(c, d)),
                 std::max(std::max(a, b), std::max(c, d)));
}

/// All reals when y holds zero.
inline Enclosure operator/(const Enclosure& x, const Enclosure& y) {
  if (!(y.lower > 0 || y.upper < 0)) return outward(NAN, NAN);
  return x * outward(1 / y.upper, 1 / y.lower);
}

}  // namespace limbeck::verify
