#pragma once

#include <cmath>
#include <string>
#include <utility>

namespace limbeck::nlp {

/// A finite number, or the reason why there is none: reports never hold NaN or infinity.
class Measurement {
 public:
  /// Not finite becomes missing, with the reason "not a number" or "infinite".
  Measurement(double value)  // NOLINT: plain numbers are measurements
      : has_value_(std::isfinite(value)),
        value_(has_value_ ? value : 0.0),
        reason_(has_value_          ? ""
                : std::isnan(value) ? "not a number"
                                    : "infinite") {}

  /// `reason` is a short phrase such as "not measured".
  static Measurement missing(std::string reason) {
    Measurement result(0.0);
    result.has_value_ = false;
    result.reason_ = std::move(reason);
    return result;
  }

  bool has_value() const { return has_value_; }
  /// 0 when missing.
  double value() const { return value_; }
  /// Empty when there is a value.
  const std::string& reason() const { return reason_; }

 private:
  bool has_value_;
  double value_;
  std::string reason_;
};

}  // namespace limbeck::nlp
