#pragma once

#include "verify/bound/arithmetic.h"
#include "verify/region/region.h"

namespace limbeck::verify {

/// Ranges of linear forms over the P coordinates z of a region and any number of symbols after
/// them, each anywhere in [-1, 1].
class FormRange {
 public:
  /// `region` outlives the object.
  FormRange(const Region& region, int64_t coordinates, Arithmetic arithmetic);

  /// min of <c, (z, symbols)>: c (C >= P, B, ...) gives (B, ...).
  at::Tensor lower(const at::Tensor& coefficients) const;

  /// Of a node, by a form that has symbols or a half that varies, not both; in rigorous arithmetic
  /// outward, by its slack and size.
  Interval of(const LinearBounds& form) const;

  /// Sets form.size: at least the sum of the absolute terms of a form anywhere in the region.
  void set_size(LinearBounds& form) const;

  /// Lower bound of one row (B, *output) over forms of the output: (B).
  at::Tensor row(const at::Tensor& of_output, const LinearBounds& form) const;

 private:
  bool is_rigorous() const { return verify::is_rigorous(arithmetic_); }
  /// The reach of the region's coordinates as (B, 1, ...) with `dimensions` dimensions.
  at::Tensor reach(int64_t dimensions) const;
  /// Rounding of sums over `coordinates` whose terms add up to `size`.
  at::Tensor rounding_of(const at::Tensor& size, int64_t coordinates) const;

  const Region* region_;
  int64_t coordinates_;
  Arithmetic arithmetic_;
};

}  // namespace limbeck::verify
