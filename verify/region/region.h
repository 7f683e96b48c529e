#pragma once

#include "verify/bound/interval.h"
#include "verify/bound/linear_bounds.h"

namespace limbeck::verify {

/// A set of inputs for each of B items. What a pass may ask of it; everything else is particular to
/// one kind of perturbation.
class Region {
 public:
  virtual ~Region() = default;

  virtual int64_t batch() const = 0;
  virtual at::ScalarType dtype() const = 0;

  /// Smallest box around the region: (B, *shape).
  virtual Interval box() const = 0;

  /// min of <a, x> over the region, exactly; a region that says so gives a bound from below.
  ///
  /// Shapes:  rows (R, B, *shape) gives (R, B).
  virtual at::Tensor lower(const at::Tensor& rows) const = 0;

  /// A point of the region where <a, x> is least: the input that a linear bound fears most.
  ///
  /// Shapes:  rows (R, B, *shape) gives (R, B, *shape).
  /// Law:     <a, minimizer(a)> == lower(a) where that is exact; always a point of the region.
  virtual at::Tensor minimizer(const at::Tensor& rows) const = 0;

  /// The input as an exact affine function of P coordinates z: what forward bounds start with.
  virtual LinearBounds coordinates() const = 0;
  virtual int64_t coordinate_count() const = 0;  ///< P, without making the forms

  /// min of <c, z> over the coordinates of the region, as exact as lower().
  ///
  /// Shapes:  coefficients (P, B, ...) gives (B, ...).
  virtual at::Tensor lower_of_coordinates(const at::Tensor& coefficients) const = 0;

  /// The largest |z_p| of any coordinate: (B).
  virtual at::Tensor coordinate_reach() const = 0;

  /// Most roundings in a row in one of the answers above, beside sums over the elements of an item:
  /// what rigorous arithmetic allows for.
  virtual int64_t roundings() const = 0;
};

}  // namespace limbeck::verify
