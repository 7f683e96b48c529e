#include "verify/rigor/elementary.h"

namespace limbeck::verify {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();

/// A value of libm, moved down by its error. An infinite value only says that the true one is
/// larger than every double.
double below(double value) {
  if (value == kInfinity) return kLargest;
  return value - (std::abs(value) * (2 * kLibmUlps * kUnit) + kLibmUlps * 0x1p-1074);
}
double above(double value) { return -below(-value); }

/// f(x) of an increasing f that libm has, within [least, most].
Enclosure increasing(double (*f)(double), const Enclosure& x, double least, double most) {
  const double low = f(x.lower), high = f(x.upper);
  return {std::isnan(low) ? least : std::max(below(low), least),
          std::isnan(high) ? most : std::min(above(high), most)};
}

Enclosure within(const Enclosure& x, double least, double most) {
  return {std::max(x.lower, least), std::min(x.upper, most)};
}

}  // namespace

Enclosure enclose_exp(const Enclosure& x) { return increasing(std::exp, x, 0, kInfinity); }

Enclosure enclose_log(const Enclosure& x) {
  if (!(x.lower > 0)) return {-kInfinity, kInfinity};
  return increasing(std::log, x, -kInfinity, kInfinity);
}

Enclosure enclose_log1p(const Enclosure& x) {
  return increasing(std::log1p, x, -kInfinity, kInfinity);
}

Enclosure enclose_sqrt(const Enclosure& x) {
  return increasing(std::sqrt, {std::max(x.lower, 0.0), std::max(x.upper, 0.0)}, 0, kInfinity);
}

Enclosure enclose_tanh(const Enclosure& x) { return increasing(std::tanh, x, -1, 1); }

Enclosure enclose_erf(const Enclosure& x) { return increasing(std::erf, x, -1, 1); }

Enclosure enclose_erfc(const Enclosure& x) {
  return {std::max(below(std::erfc(x.upper)), 0.0), std::min(above(std::erfc(x.lower)), 2.0)};
}

/// By e^-|x|, so that small values keep their relative accuracy.
Enclosure enclose_sigmoid(const Enclosure& x) {
  const auto at = [](double t) {
    const Enclosure e = enclose_exp(-std::abs(t));
    return t >= 0 ? Enclosure(1) / (Enclosure(1) + e) : e / (Enclosure(1) + e);
  };
  return within({at(x.lower).lower, at(x.upper).upper}, 0, 1);
}

namespace {

constexpr double kLargestAngle = 1e6;

Enclosure wave(double (*f)(double), double x) {
  if (!(std::abs(x) <= kLargestAngle)) return {-1, 1};
  return within({below(f(x)), above(f(x))}, -1, 1);
}

}  // namespace

Enclosure enclose_sin(double x) { return wave(std::sin, x); }
Enclosure enclose_cos(double x) { return wave(std::cos, x); }

Enclosure enclose_power(const Enclosure& x, int n) {
  Enclosure result = 1;
  for (int i = 0; i < n; ++i) result = result * x;
  return result;
}

}  // namespace limbeck::verify
