#pragma once

#include <cmath>
#include <limits>

#include "verify/rigor/rounding.h"

namespace limbeck::verify {

/// A long sum of enclosures, kept in long double: its own rounding, which grows with the number of
/// terms, then stays far below that of the terms.
class WideSum {
 public:
  WideSum() = default;
  explicit WideSum(const Enclosure& start) : lower_(start.lower), upper_(start.upper) {}

  WideSum& operator+=(const Enclosure& term) {
    lower_ += term.lower, upper_ += term.upper;
    lower_ -= std::fabs(lower_) * kStep, upper_ += std::fabs(upper_) * kStep;
    return *this;
  }
  WideSum& operator-=(const Enclosure& term) { return *this += -term; }
  WideSum& operator+=(const WideSum& other) {
    lower_ += other.lower_, upper_ += other.upper_;
    lower_ -= std::fabs(lower_) * kStep, upper_ += std::fabs(upper_) * kStep;
    return *this;
  }

  /// Rounded outward to doubles; all reals when a side is NaN.
  Enclosure value() const {
    return outward(static_cast<double>(lower_), static_cast<double>(upper_));
  }

 private:
  static constexpr long double kStep = std::numeric_limits<long double>::epsilon();
  long double lower_ = 0, upper_ = 0;
};

}  // namespace limbeck::verify
