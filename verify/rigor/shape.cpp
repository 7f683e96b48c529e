#include "verify/rigor/shape.h"

#include <algorithm>

namespace limbeck::verify {
namespace {

/// A turn is stored to within 2^-48 of its size d, and |f'''| <= 4 beside it. On the d wide strip
/// between the stored and the true turn, |f"| <= 4 d, so that f differs there from a function with
/// the curvature of the piece by at most 4 d d^2 / 2.
double strip_margin(const Turns& turns) {
  double widest = 0;
  for (size_t i = 0; i < turns.count; ++i)
    widest = std::max(widest, std::abs(turns.points[i]) * 0x1p-48);
  return 4 * widest * widest * widest;
}

/// f - slope x, or its negative, on one interval.
class Rest {
 public:
  Rest(const Shape& shape, Numbers numbers, double slope, bool is_negative)
      : shape_(shape), numbers_(numbers), slope_(slope), is_negative_(is_negative) {}

  double least(double lower, double upper) const {
    if (!(lower <= upper) || !std::isfinite(slope_)) return -kInfinity;
    if (shape_.is_defined != nullptr && !shape_.is_defined(lower, upper)) return -kInfinity;
    const Turns turns = shape_.turns(lower, upper, numbers_);
    if (turns.are_too_many) return least_of_bounded(lower, upper);
    double least = kInfinity, from = lower;
    bool is_convex = turns.is_convex_first != is_negative_;
    for (size_t i = 0; i <= turns.count; ++i, is_convex = !is_convex) {
      const double to = i < turns.count ? turns.points[i] : upper;
      const bool has_tangent = shape_.derivative != nullptr && is_convex;
      least = std::min(
          least, has_tangent ? least_of_convex(from, to) : std::min(at(from).lower, at(to).lower));
      from = to;
    }
    return shape_.derivative == nullptr ? least : next_down(least - strip_margin(turns));
  }

 private:
  Enclosure at(double x) const {
    Enclosure value = shape_.value(x, numbers_);
    if (slope_ != 0) value = value - Enclosure(slope_) * Enclosure(x);
    return is_negative_ ? -value : value;
  }

  Enclosure derivative(double x) const {
    Enclosure value = shape_.derivative(x, numbers_);
    if (slope_ != 0) value = value - Enclosure(slope_);
    return is_negative_ ? -value : value;
  }

  /// Waves over many turns: |f| <= 1.
  double least_of_bounded(double lower, double upper) const {
    const Enclosure by_slope = -(Enclosure(slope_) * Enclosure(lower, upper));
    return next_down(-1 + (is_negative_ ? -by_slope : by_slope).lower);
  }

  /// A convex function is above its tangent at any point c: above g(c) + g'(c) (x - c).
  double least_of_convex(double lower, double upper) const {
    const Enclosure first = derivative(lower);
    if (first.lower >= 0 || lower == upper) return at(lower).lower;
    const Enclosure last = derivative(upper);
    if (last.upper <= 0) return at(upper).lower;
    const double c = critical_point(lower, upper, first, last);
    const Enclosure slope = derivative(c);
    const double drop = std::min((slope * (Enclosure(lower) - Enclosure(c))).lower,
                                 (slope * (Enclosure(upper) - Enclosure(c))).lower);
    return next_down(at(c).lower + std::min(drop, 0.0));
  }

  /// A point near the zero of the growing derivative: any is sound. Alternately by the secant (its
  /// stale end weighs half, as in the Illinois method) and by halving.
  double critical_point(double a, double b, const Enclosure& first, const Enclosure& last) const {
    constexpr int kMostSteps = 90;
    double at_a = first.lower, at_b = last.upper, c = a + (b - a) * 0.5;
    for (int step = 0; step < kMostSteps; ++step) {
      const double secant = b - at_b * ((b - a) / (at_b - at_a)), middle = a + (b - a) * 0.5;
      c = step % 3 != 2 && secant > a && secant < b ? secant : middle;
      if (!(c > a && c < b)) return c;
      const Enclosure here = derivative(c);
      if (here.lower <= 0 && here.upper >= 0) return c;
      if (here.upper < 0) {
        a = c, at_a = here.upper, at_b *= 0.5;
      } else {
        b = c, at_b = here.lower, at_a *= 0.5;
      }
    }
    return c;
  }

  const Shape& shape_;
  Numbers numbers_;
  double slope_;
  bool is_negative_;
};

}  // namespace

double least_rest(const Shape& shape, Numbers numbers, double lower, double upper, double slope) {
  return Rest(shape, numbers, slope, false).least(lower, upper);
}

double most_rest(const Shape& shape, Numbers numbers, double lower, double upper, double slope) {
  return -Rest(shape, numbers, slope, true).least(lower, upper);
}

/// The derivative is monotone between turns, so its extremes are at these and at the ends. Of a
/// piecewise linear function the slope of each piece is that of its chord.
double steepest(const Shape& shape, Numbers numbers, double lower, double upper) {
  if (!(lower <= upper) || (shape.is_defined != nullptr && !shape.is_defined(lower, upper)))
    return kInfinity;
  const Turns turns = shape.turns(lower, upper, numbers);
  if (turns.are_too_many) return 1;
  double most = 0, from = lower;
  for (size_t i = 0; i <= turns.count; ++i) {
    const double to = i < turns.count ? turns.points[i] : upper;
    if (shape.derivative != nullptr) {
      most = std::max({most, shape.derivative(from, numbers).magnitude(),
                       shape.derivative(to, numbers).magnitude()});
    } else if (from < to) {
      const Enclosure rise = shape.value(to, numbers) - shape.value(from, numbers);
      most = std::max(most, (rise / (Enclosure(to) - Enclosure(from))).magnitude());
    }
    from = to;
  }
  return std::isnan(most) ? kInfinity : next_up(most + strip_margin(turns));
}

}  // namespace limbeck::verify
