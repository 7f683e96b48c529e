#pragma once

#include <array>
#include <span>
#include <string_view>

#include "verify/rigor/rounding.h"

/// Scalar functions as proofs see them: enclosures at single points, and where the curvature
/// changes sign. That is enough to bound f - slope x over any interval, however the slope was
/// found.
namespace limbeck::verify {

using Numbers = std::span<const double>;  // parameters of a function, as of its graph node

/// Where an interval is cut so that f is convex or concave on each piece.
struct Turns {
  static constexpr size_t kMost = 8;
  std::array<double, kMost> points = {};  ///< ascending, inside the interval
  size_t count = 0;
  bool is_convex_first = true;  ///< on the piece before the first point
  bool are_too_many = false;
};

struct Shape {
  std::string_view name;  ///< that of the operation table
  Enclosure (*value)(double x, Numbers numbers);
  Enclosure (*derivative)(double x, Numbers numbers);  ///< null: piecewise linear, kinks at `turns`
  Turns (*turns)(double lower, double upper, Numbers numbers);
  /// Whether f is defined and finite on an interval; null: everywhere.
  bool (*is_defined)(double lower, double upper) = nullptr;
  /// x g(x): executed with an error of the size of x, though f itself may be small there.
  bool is_multiple_of_x = false;
};

/// Throws: UnsupportedError `rigor: no shape for op 'x'`.
const Shape& find_shape(std::string_view op);
std::span<const Shape> shape_table();

/// At most the least value of f(x) - slope x over [lower, upper]; -infinity where none is known.
double least_rest(const Shape& shape, Numbers numbers, double lower, double upper, double slope);
/// At least the largest value of f(x) - slope x over [lower, upper]; infinity where none is known.
double most_rest(const Shape& shape, Numbers numbers, double lower, double upper, double slope);

/// At least |f'| everywhere on [lower, upper]; infinity where none is known.
double steepest(const Shape& shape, Numbers numbers, double lower, double upper);

}  // namespace limbeck::verify
