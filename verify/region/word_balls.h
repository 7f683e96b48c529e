#pragma once

#include "verify/region/region.h"

namespace limbeck::verify {

/// Sentences in which at most `budget` words move, each within an lp ball around its embedding.
///
/// Law:     lower(a) == <a, center> - radius * (sum of the `budget` largest |a_word|_q), with
///          1/p + 1/q = 1: exact, as words do not interact in a linear function and the words that
///          gain most are the ones that move. Budget 1 is every word by itself at once; a budget of
///          all words lets each of them move in a ball of its own.
/// Source:  Shi et al. 2020, sec. 3.1 (one or two positions, each within eps); differs: all choices
///          of positions are one region, in place of one region for each choice.
class WordBalls final : public Region {
 public:
  /// Shapes:  center (B, T, E); words (B, W), the positions that may move, distinct; radius (B),
  /// >= 0. `norm` is p >= 1, infinity for boxes; `budget` >= 1. Throws: ConfigError, ShapeError.
  WordBalls(at::Tensor center, at::Tensor words, at::Tensor radius, double norm, int64_t budget);

  int64_t batch() const override { return center_.size(0); }
  at::ScalarType dtype() const override { return center_.scalar_type(); }
  Interval box() const override;
  at::Tensor lower(const at::Tensor& rows) const override;
  at::Tensor minimizer(const at::Tensor& rows) const override;
  LinearBounds coordinates() const override;
  int64_t coordinate_count() const override { return words_.size(1) * center_.size(2); }
  at::Tensor lower_of_coordinates(const at::Tensor& coefficients) const override;
  at::Tensor coordinate_reach() const override { return radius_; }
  int64_t roundings() const override;

 private:
  int64_t moved_words() const;
  at::Tensor of_words(const at::Tensor& rows) const;

  at::Tensor center_, words_, radius_;
  double norm_;
  int64_t budget_;
};

}  // namespace limbeck::verify
