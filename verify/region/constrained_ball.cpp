#include "verify/region/constrained_ball.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

constexpr int kRounds = 4, kBisections = 40;  // over all inequalities; of one multiplier
constexpr double kAside = 1e-6;               // from a multiplier, as a share of it
constexpr int64_t kMostBoxed = 512;           // coordinates of which each is bounded by itself
constexpr double kLeastDivisor = 1e-30;

double unit_of(at::ScalarType dtype) {
  return dtype == at::kFloat ? std::numeric_limits<float>::epsilon()
                             : std::numeric_limits<double>::epsilon();
}

/// x (K, B) as (K, B, 1, ...), to go with a tensor of `dims` dimensions.
at::Tensor spread(const at::Tensor& x, int64_t dims) {
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes.resize(static_cast<size_t>(dims), 1);
  return x.view(sizes);
}

/// (A, B, ...) as (A, B, M).
at::Tensor as_columns(const at::Tensor& x) { return x.reshape({x.size(0), x.size(1), -1}); }

}  // namespace

ConstrainedBall::ConstrainedBall(LpBall ball, const at::Tensor& rows, const at::Tensor& limits)
    : ball_(std::move(ball)) {
  const at::Tensor& center = ball_.center();
  if (rows.dim() != center.dim() || rows.sizes().slice(1) != center.sizes().slice(1) ||
      limits.dim() != 1 || limits.size(0) != rows.size(0))
    throw ShapeError("constrained_ball: expected rows (K, *shape) and limits (K)");
  if (!rows.isfinite().all().item<bool>() || !limits.isfinite().all().item<bool>())
    throw DataError("constrained_ball: expected finite inequalities");
  const at::Tensor flat = rows.to(center.scalar_type()).flatten(1);            // (K, N)
  const at::Tensor each = flat.unsqueeze(1).expand({-1, center.size(0), -1});  // (K, B, N)
  const at::Tensor taken = (each * center.flatten(1)).sum(-1);                 // (K, B)
  const at::Tensor size = (each.abs() * center.flatten(1).abs()).sum(-1);      // (K, B)
  const at::Tensor bound = limits.to(center.scalar_type()).unsqueeze(1);
  // Rounded up by what the sum may have lost: a larger region is the sound side.
  const double roundings = static_cast<double>(flat.size(1) + 2);
  slack_ = bound - taken + roundings * unit_of(center.scalar_type()) * (size + bound.abs());
  if ((slack_ < 0).any().item<bool>())
    throw DataError("constrained_ball: expected centers that keep the inequalities");
  rows_ = chosen_of(each);
}

at::Tensor ConstrainedBall::chosen_of(const at::Tensor& rows) const {
  const at::Tensor flat = rows.flatten(2);
  return flat.gather(2, ball_.chosen().unsqueeze(0).expand({flat.size(0), -1, -1}));
}

at::Tensor ConstrainedBall::pulled(const at::Tensor& multipliers) const {
  const std::vector<int64_t> tail(multipliers.sizes().begin() + 2, multipliers.sizes().end());
  const at::Tensor flat = as_columns(multipliers).permute({1, 2, 0});  // (B, M, K)
  const at::Tensor sum = at::matmul(flat, rows_.transpose(0, 1));      // (B, M, P)
  std::vector<int64_t> sizes = {rows_.size(2), batch()};
  sizes.insert(sizes.end(), tail.begin(), tail.end());
  return sum.permute({2, 0, 1}).reshape(sizes);
}

at::Tensor ConstrainedBall::move(const at::Tensor& coefficients) const {
  return least_move(coefficients.movedim(0, -1), ball_.norm()).movedim(-1, 0) *
         spread(ball_.coordinate_reach(), coefficients.dim() - 1);
}

at::Tensor ConstrainedBall::excess(const at::Tensor& moves) const {
  const at::Tensor flat = as_columns(moves).permute({1, 0, 2});      // (B, P, M)
  const at::Tensor taken = at::matmul(rows_.transpose(0, 1), flat);  // (B, K, M)
  std::vector<int64_t> sizes = moves.sizes().vec();
  sizes[0] = rows_.size(0);
  return taken.transpose(0, 1).reshape(sizes) - spread(slack_, moves.dim());
}

at::Tensor ConstrainedBall::scaled_back(const at::Tensor& moves) const {
  const at::Tensor over = excess(moves), room = spread(slack_, moves.dim()).expand(over.sizes());
  // The excess of a move t m is t (excess + room) - room.
  const at::Tensor share = at::where(over > 0, room / (over + room), at::ones_like(over));
  return moves * share.amin({0}).clamp_min(0);
}

/// One inequality after the other, the others' multipliers kept: the dual is concave in it, so that
/// its supergradient, the excess of the move where the sum of coefficients is least, changes sign
/// once. With z the move of least <g, z> = -r |g|_q, the dual at l is at most <c, z> less
/// l (r |g|_q + slack), and -r |c|_q at 0, so that the best l is at most
/// 2 r |c|_q / (r |g|_q + slack).
at::Tensor ConstrainedBall::multipliers(const at::Tensor& coefficients) const {
  const at::NoGradGuard no_gradient;
  const at::Tensor c = coefficients.detach();
  const int64_t count = rows_.size(0);
  std::vector<int64_t> sizes = c.sizes().vec();
  sizes[0] = count;
  at::Tensor found = at::zeros(sizes, c.options());
  const at::Tensor reach = -ball_.lower_of_coordinates(rows_.permute({2, 1, 0}));  // (B, K)
  for (int round = 0; round < (count == 1 ? 1 : kRounds); ++round)
    for (int64_t k = 0; k < count; ++k) {
      found[k].zero_();
      const at::Tensor others = c + pulled(found);
      const at::Tensor pull = (reach.select(1, k) + slack_[k]).clamp_min(kLeastDivisor);
      at::Tensor low = at::zeros_like(found[k]),
                 high = -2 * ball_.lower_of_coordinates(others) / spread(pull, low.dim());
      for (int step = 0; step < kBisections; ++step) {
        const at::Tensor middle = (low + high) / 2;
        found[k].copy_(middle);
        const at::Tensor rises = excess(move(c + pulled(found)))[k] > 0;
        low = at::where(rises, middle, low);
        high = at::where(rises, high, middle);
      }
      found[k].copy_(high);
    }
  return found;
}

/// Where the dual has a kink, the minimiser lies between the moves on both sides of it.
at::Tensor ConstrainedBall::feasible_move(const at::Tensor& coefficients) const {
  const at::Tensor found = multipliers(coefficients);
  at::Tensor best = scaled_back(move(coefficients));
  const auto offer = [&](const at::Tensor& moves) {
    const at::Tensor point = scaled_back(moves);
    best = at::where((coefficients * point).sum(0) < (coefficients * best).sum(0), point, best);
  };
  for (int64_t k = 0; k < rows_.size(0); ++k) {
    at::Tensor aside = found.clone();
    aside[k].mul_(1 - kAside);
    const at::Tensor outside = move(coefficients + pulled(aside));
    aside[k].copy_(found[k] * (1 + kAside));
    const at::Tensor inside = move(coefficients + pulled(aside));
    const at::Tensor over = excess(outside)[k].clamp_min(0), under = -excess(inside)[k];
    const at::Tensor share = at::where(under > 0, under / (over + under), at::zeros_like(under));
    offer(outside * share + inside * (1 - share));
    offer(inside);
  }
  return best;
}

at::Tensor ConstrainedBall::lower_of_coordinates(const at::Tensor& coefficients) const {
  const at::Tensor found = multipliers(coefficients);
  const at::Tensor extra = pulled(found);
  const at::Tensor paid = (found * spread(slack_, found.dim())).sum(0);
  // What the terms with multipliers may lose: each is a sum of K products, then one of P.
  const at::Tensor size =
      paid + extra.abs().sum(0) * spread(ball_.coordinate_reach(), extra.dim() - 1);
  const double roundings = static_cast<double>(rows_.size(0) + rows_.size(2) + ball_.roundings());
  const double unit = unit_of(dtype());
  const at::Tensor magnitude =
      size + (found.abs() * spread(rows_.abs().sum(-1), found.dim())).sum(0) *
                 spread(ball_.coordinate_reach(), found.dim() - 1);
  const at::Tensor dual =
      ball_.lower_of_coordinates(coefficients + extra) - paid - 2 * roundings * unit * magnitude;
  return at::maximum(dual, ball_.lower_of_coordinates(coefficients));
}

at::Tensor ConstrainedBall::lower(const at::Tensor& rows) const {
  const at::Tensor at_center = (rows.flatten(2) * ball_.center().flatten(1)).sum(-1);  // (R, B)
  return at_center + lower_of_coordinates(chosen_of(rows).permute({2, 1, 0})).t();
}

at::Tensor ConstrainedBall::minimizer(const at::Tensor& rows) const {
  const at::Tensor move = feasible_move(chosen_of(rows).permute({2, 1, 0}));  // (P, B, R)
  const at::Tensor chosen = move.permute({2, 1, 0});
  const at::Tensor index = ball_.chosen().unsqueeze(0).expand(chosen.sizes());
  const at::Tensor flat = at::zeros_like(rows.flatten(2)).scatter(2, index, chosen);
  return (ball_.center().flatten(1) + flat).view(rows.sizes());
}

Interval ConstrainedBall::box() const {
  const Interval whole = ball_.box();
  const int64_t count = coordinate_count();
  if (count == 0 || count > kMostBoxed) return whole;
  const at::Tensor unit =
      at::eye(count, ball_.center().options()).unsqueeze(1).expand({count, batch(), count});
  const at::Tensor center = ball_.center().flatten(1);
  const at::Tensor middle = center.gather(1, ball_.chosen());
  const at::Tensor least = middle + lower_of_coordinates(unit),
                   most = middle - lower_of_coordinates(-unit);
  // The sum with the center rounds once more.
  const at::Tensor room =
      2 * unit_of(dtype()) * (middle.abs() + ball_.coordinate_reach().unsqueeze(1));
  const at::Tensor lower = whole.lower.flatten(1), upper = whole.upper.flatten(1);
  const at::Tensor& chosen = ball_.chosen();
  return {lower.scatter(1, chosen, at::maximum(lower.gather(1, chosen), least - room))
              .view(whole.lower.sizes()),
          upper.scatter(1, chosen, at::minimum(upper.gather(1, chosen), most + room))
              .view(whole.upper.sizes())};
}

int64_t ConstrainedBall::roundings() const { return ball_.roundings() + rows_.size(0) + 2; }

}  // namespace limbeck::verify
