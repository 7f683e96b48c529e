#pragma once

#include <string>

#include "nlp/report/measurement.h"

namespace limbeck::nlp {

/// How a number is shown; the JSON always keeps the number itself.
enum class NumberStyle {
  kGeneral,  ///< `digits` significant digits
  kInteger,  ///< rounded, thousands grouped: 22,713,216
  kFixed,    ///< `digits` decimals
  kBytes,    ///< 1000-based: 90.9 MB
};

/// Style and precision of a number.
struct NumberFormat {
  NumberStyle style = NumberStyle::kGeneral;
  int digits = 4;  ///< 0 .. 17; ignored by integers and bytes
};

/// "general", "integer", "fixed" or "bytes".
std::string number_style_name(NumberStyle style);
/// False when `name` is none of them.
bool parse_number_style(const std::string& name, NumberStyle& style);

/// The number as text, independent of the locale; minus is U+2212, so that it has the width of a
/// plus.
std::string format_number(double value, const NumberFormat& format);
/// A missing one is an en dash.
std::string format_measurement(const Measurement& measurement, const NumberFormat& format);
/// Short text for an axis: 20k, 1.5M, 0.001.
std::string format_tick(double value);

}  // namespace limbeck::nlp
