#pragma once

#include "verify/region/region.h"

namespace limbeck::verify {

/// x equal to `center` but for P chosen elements of each item, which move within an lp ball.
///
/// Law:     lower(a) == <a, center> - radius |a_chosen|_q with 1/p + 1/q = 1 (Hoelder, attained).
class LpBall final : public Region {
 public:
  /// Shapes:  center (B, *shape); chosen (B, P), flat indices into one item; radius (B), >= 0.
  /// `norm` is p >= 1; infinity for boxes. Throws: ConfigError for another p; ShapeError.
  LpBall(at::Tensor center, at::Tensor chosen, at::Tensor radius, double norm);

  /// Every element of each item is chosen.
  static LpBall of_all(const at::Tensor& center, const at::Tensor& radius, double norm);

  int64_t batch() const override { return center_.size(0); }
  at::ScalarType dtype() const override { return center_.scalar_type(); }
  Interval box() const override;
  at::Tensor lower(const at::Tensor& rows) const override;
  at::Tensor minimizer(const at::Tensor& rows) const override;
  LinearBounds coordinates() const override;
  int64_t coordinate_count() const override { return chosen_.size(1); }
  at::Tensor lower_of_coordinates(const at::Tensor& coefficients) const override;

  at::Tensor coordinate_reach() const override { return radius_; }
  int64_t roundings() const override;

  const at::Tensor& center() const { return center_; }
  const at::Tensor& chosen() const { return chosen_; }
  double norm() const { return norm_; }

  /// The same ball with other radii (B).
  LpBall with_radius(const at::Tensor& radius) const;

 private:
  at::Tensor center_, chosen_, radius_;
  double norm_;
};

/// |x|_q over one dimension, q = p / (p - 1). For other p than 1, 2 and infinity of x divided by
/// its largest element, so that no power overflows and none that counts underflows.
at::Tensor dual_norm(const at::Tensor& x, double p, int64_t dim);

/// The m with |m|_p <= 1 where <x, m> is least, over the last dimension: <x, m> == -|x|_q.
at::Tensor least_move(const at::Tensor& x, double p);

}  // namespace limbeck::verify
