#include "verify/region/word_balls.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "nlp/core/errors.h"
#include "verify/region/lp_ball.h"

namespace limbeck::verify {

WordBalls::WordBalls(at::Tensor center, at::Tensor words, at::Tensor radius, double norm,
                     int64_t budget)
    : center_(std::move(center)),
      words_(std::move(words)),
      radius_(std::move(radius)),
      norm_(norm),
      budget_(budget) {
  if (!(norm_ >= 1))
    throw ConfigError("word_balls: expected a norm p >= 1, got " + std::to_string(norm_));
  if (budget_ < 1)
    throw ConfigError("word_balls: expected a budget of 1 or more words, got " +
                      std::to_string(budget_));
  if (center_.dim() != 3 || words_.dim() != 2 || words_.size(0) != batch() || radius_.dim() != 1 ||
      radius_.size(0) != batch())
    throw ShapeError("word_balls: expected center (B, T, E), words (B, W) and radius (B)");
}

int64_t WordBalls::moved_words() const { return std::min(budget_, words_.size(1)); }

/// (R, B, T, E) to (R, B, W, E).
at::Tensor WordBalls::of_words(const at::Tensor& rows) const {
  const at::Tensor index = words_.unsqueeze(0).unsqueeze(-1);
  return rows.gather(2, index.expand({rows.size(0), -1, -1, rows.size(3)}));
}

Interval WordBalls::box() const {
  const at::Tensor moves = at::zeros({batch(), center_.size(1)}, center_.options())
                               .scatter(1, words_, radius_.unsqueeze(1).expand(words_.sizes()));
  const at::Tensor width = moves.unsqueeze(-1);
  return {center_ - width, center_ + width};
}

at::Tensor WordBalls::lower(const at::Tensor& rows) const {
  const at::Tensor gain = dual_norm(of_words(rows), norm_, -1);  // (R, B, W)
  const at::Tensor most = std::get<0>(gain.topk(moved_words(), -1)).sum(-1);
  return (rows * center_).flatten(2).sum(-1) - radius_ * most;
}

at::Tensor WordBalls::minimizer(const at::Tensor& rows) const {
  const at::Tensor mine = of_words(rows), gain = dual_norm(mine, norm_, -1);
  const at::Tensor index = std::get<1>(gain.topk(moved_words(), -1));
  const at::Tensor is_moved = at::zeros_like(gain).scatter(-1, index, 1.0);
  const at::Tensor move =
      least_move(mine, norm_) * (is_moved * radius_.unsqueeze(-1)).unsqueeze(-1);
  const at::Tensor place = words_.unsqueeze(0).unsqueeze(-1).expand(move.sizes());
  return center_ + at::zeros_like(rows).scatter(2, place, move);
}

/// Coordinate w E + e is element e of word w.
LinearBounds WordBalls::coordinates() const {
  const int64_t count = words_.size(1), width = center_.size(2);
  const at::Tensor chosen = (words_.unsqueeze(-1) * width + at::arange(width)).flatten(1);
  at::Tensor unit = at::zeros({count * width, batch(), center_.size(1) * width}, center_.options());
  unit.scatter_(2, chosen.t().unsqueeze(-1), 1.0);
  return {unit.view({count * width, batch(), center_.size(1), width}), center_, {}, {}};
}

/// A dual norm sums the elements of one word, norms of words are then summed; the norms themselves
/// are exact but for a few dozen roundings, as those of LpBall.
int64_t WordBalls::roundings() const { return words_.size(1) + center_.size(2) + 64; }

at::Tensor WordBalls::lower_of_coordinates(const at::Tensor& coefficients) const {
  const at::Tensor by_word = coefficients.unflatten(0, {words_.size(1), center_.size(2)});
  const at::Tensor gain = dual_norm(by_word, norm_, 1);  // (W, B, ...)
  std::vector<int64_t> sizes(static_cast<size_t>(gain.dim()) - 1, 1);
  sizes[0] = batch();
  return -radius_.view(sizes) * std::get<0>(gain.topk(moved_words(), 0)).sum(0);
}

}  // namespace limbeck::verify
