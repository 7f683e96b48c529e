#include "verify/region/lp_ball.h"

#include <ATen/ATen.h>

#include <cmath>

#include "nlp/core/errors.h"

namespace limbeck::verify {

at::Tensor dual_norm(const at::Tensor& x, double p, int64_t dim) {
  if (std::isinf(p)) return x.abs().sum(dim);
  if (p == 1) return x.abs().amax({dim});
  if (p == 2) return at::linalg_vector_norm(x, 2, {dim});
  const at::Tensor most = x.detach().abs().amax({dim}, /*keepdim=*/true);
  const at::Tensor scale = most.masked_fill(most == 0, 1);
  return at::linalg_vector_norm(x / scale, p / (p - 1), {dim}) * scale.squeeze(dim);
}

/// Hoelder with equality: |m_i| in proportion to |x_i|^(q - 1), in shares of |x|_q so that nothing
/// overflows.
at::Tensor least_move(const at::Tensor& x, double p) {
  if (std::isinf(p)) return -x.sign();
  if (p == 1) {
    const at::Tensor index = x.abs().argmax(-1, /*keepdim=*/true);
    return at::zeros_like(x).scatter(-1, index, -x.gather(-1, index).sign());
  }
  const at::Tensor norm = dual_norm(x, p, -1).unsqueeze(-1);
  const at::Tensor share = x.abs() / norm.masked_fill(norm == 0, 1);
  return -x.sign() * share.pow(1 / (p - 1));
}

LpBall::LpBall(at::Tensor center, at::Tensor chosen, at::Tensor radius, double norm)
    : center_(std::move(center)),
      chosen_(std::move(chosen)),
      radius_(std::move(radius)),
      norm_(norm) {
  if (!(norm_ >= 1))
    throw ConfigError("lp_ball: expected a norm p >= 1, got " + std::to_string(norm_));
  if (chosen_.dim() != 2 || chosen_.size(0) != batch() || radius_.dim() != 1 ||
      radius_.size(0) != batch())
    throw ShapeError("lp_ball: expected chosen (B, P) and radius (B) for a center of " +
                     std::to_string(batch()) + " items");
}

LpBall LpBall::of_all(const at::Tensor& center, const at::Tensor& radius, double norm) {
  const int64_t count = center[0].numel();
  return {center, at::arange(count, at::kLong).expand({center.size(0), count}), radius, norm};
}

LpBall LpBall::with_radius(const at::Tensor& radius) const {
  return {center_, chosen_, radius, norm_};
}

Interval LpBall::box() const {
  const at::Tensor width = at::zeros_like(center_).flatten(1).scatter(
      1, chosen_, radius_.unsqueeze(1).expand(chosen_.sizes()));
  const at::Tensor radius = width.view(center_.sizes());
  return {center_ - radius, center_ + radius};
}

at::Tensor LpBall::lower(const at::Tensor& rows) const {
  const at::Tensor flat = rows.flatten(2);
  const at::Tensor at_center = (flat * center_.flatten(1)).sum(-1);
  const at::Tensor moved = flat.gather(2, chosen_.unsqueeze(0).expand({flat.size(0), -1, -1}));
  return at_center - radius_ * dual_norm(moved, norm_, -1);
}

at::Tensor LpBall::minimizer(const at::Tensor& rows) const {
  const at::Tensor flat = rows.flatten(2);
  const at::Tensor index = chosen_.unsqueeze(0).expand({flat.size(0), -1, -1});
  const at::Tensor move = least_move(flat.gather(2, index), norm_) * radius_.unsqueeze(1);
  return (center_.flatten(1) + at::zeros_like(flat).scatter(2, index, move)).view(rows.sizes());
}

LinearBounds LpBall::coordinates() const {
  const int64_t count = chosen_.size(1), items = batch();
  at::Tensor unit = at::zeros({count, items, center_[0].numel()}, center_.options());
  unit.scatter_(2, chosen_.t().unsqueeze(-1), 1.0);
  std::vector<int64_t> sizes = {count};
  sizes.insert(sizes.end(), center_.sizes().begin(), center_.sizes().end());
  return {unit.view(sizes), center_, {}, {}};
}

/// The sum over chosen elements; a power of a number in [0, 1] and a root of a sum that is at least
/// 1 are exact but for a few dozen roundings, those of the exponents included.
int64_t LpBall::roundings() const { return chosen_.size(1) + 64; }

at::Tensor LpBall::lower_of_coordinates(const at::Tensor& coefficients) const {
  std::vector<int64_t> sizes(static_cast<size_t>(coefficients.dim()) - 1, 1);
  sizes[0] = batch();
  return -radius_.view(sizes) * dual_norm(coefficients, norm_, 0);
}

}  // namespace limbeck::verify
