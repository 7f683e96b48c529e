#pragma once

#include "verify/region/lp_ball.h"

namespace limbeck::verify {

/// The part of an lp ball where K linear inequalities <g_k, x> <= h_k hold.
///
/// A linear function is bounded from below by its Lagrange dual, max over l >= 0 of
/// min over the ball of <a + sum_k l_k g_k, x> - <l, h>: any l gives a sound bound, the best one
/// the minimum itself. A few steps along the supergradient look for it, the rounding of the terms
/// with l is taken off.
///
/// Law:     ball.lower(a) <= lower(a) <= <a, x> for every x of the region; for one inequality the
///          gap to <a, minimizer(a)> is small.
/// Source:  weak duality; differs from beta-CROWN (Wang et al. 2021), whose multipliers stand for
///          splits of ReLUs, in that the inequalities are those of the input.
class ConstrainedBall final : public Region {
 public:
  /// Shapes:  rows (K, *shape), limits (K), the same for each item of the ball.
  /// Throws:  ShapeError; DataError when a center does not keep them, or they are not finite.
  ConstrainedBall(LpBall ball, const at::Tensor& rows, const at::Tensor& limits);

  int64_t batch() const override { return ball_.batch(); }
  at::ScalarType dtype() const override { return ball_.dtype(); }
  /// That of the ball, tightened by the inequalities where items are small.
  Interval box() const override;
  at::Tensor lower(const at::Tensor& rows) const override;
  /// A point of the region, near the minimum.
  at::Tensor minimizer(const at::Tensor& rows) const override;
  LinearBounds coordinates() const override { return ball_.coordinates(); }
  int64_t coordinate_count() const override { return ball_.coordinate_count(); }
  at::Tensor lower_of_coordinates(const at::Tensor& coefficients) const override;
  at::Tensor coordinate_reach() const override { return ball_.coordinate_reach(); }
  int64_t roundings() const override;

 private:
  /// Multipliers (K, B, ...) found for coefficients (P, B, ...), without gradients.
  at::Tensor multipliers(const at::Tensor& coefficients) const;
  /// sum_k l_k g_k in coordinates, (P, B, ...).
  at::Tensor pulled(const at::Tensor& multipliers) const;
  /// The move (P, B, ...) of the ball where the coefficients are least.
  at::Tensor move(const at::Tensor& coefficients) const;
  /// What moves (P, B, ...) take beyond each limit, (K, B, ...); negative inside.
  at::Tensor excess(const at::Tensor& moves) const;
  /// The moves, or the part of each that stays in the region.
  at::Tensor scaled_back(const at::Tensor& moves) const;
  /// A move inside the region where the coefficients are nearly least.
  at::Tensor feasible_move(const at::Tensor& coefficients) const;
  at::Tensor chosen_of(const at::Tensor& rows) const;

  LpBall ball_;
  at::Tensor rows_;   // (K, B, P) in coordinates
  at::Tensor slack_;  // (K, B), limits less what the center takes, >= 0
};

}  // namespace limbeck::verify
