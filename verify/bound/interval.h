#pragma once

#include <ATen/core/Tensor.h>

namespace limbeck::verify {

/// Lower and upper bounds of one node, for each of B items.
///
/// Shapes:  lower, upper (B, ...), of one shape and dtype.
/// Law:     for every point of the region, lower <= value <= upper, elementwise.
struct Interval {
  at::Tensor lower, upper;
};

/// Midpoint and half width. Law: lower == center - radius up to one rounding.
at::Tensor center(const Interval& interval);
at::Tensor radius(const Interval& interval);

/// What both intervals allow. A NaN in one means that it knows nothing there.
///
/// Law:     a value inside both is inside the result. Bounds that cross by no more than rounding
///          (1e-4 of their size in float32, 1e-9 in double) become an interval of that width.
/// `is_exact`: both hold with rounding, so that they may not cross at all.
/// Throws:  SoundnessError `where: lower bound 1 exceeds upper bound 0 ...` when they cross by
/// more.
Interval intersect(const Interval& a, const Interval& b, const std::string& where,
                   bool is_exact = false);

}  // namespace limbeck::verify
