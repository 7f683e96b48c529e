#pragma once

#include "verify/region/region.h"

namespace limbeck::verify {

/// Sentences in which at most `budget` words are replaced, each by one of its candidates.
///
/// The region is the finite set itself; coordinates z_p in {0, 1} say which replacements are made:
/// x = words + sum_p z_p direction_p, at most one of a word's z is 1, at most `budget` in all.
/// Law:     lower(a) == <a, words> + the sum of the `budget` smallest of min(0, least gain) over
///          words, gain of p: <a at its position, direction_p>: exact, as words do not interact in
///          a linear function.
/// Source:  Xu et al. 2020, sec. 4.3 (dynamic programme); differs: the optimum takes the words with
///          the largest gains, so that selecting them suffices.
class SynonymSet final : public Region {
 public:
  /// Shapes:  words (B, T, E); position (B, P) int64; direction (B, P, E): candidate minus word, 0
  ///          where an item has fewer than P; budget (B) int64, >= 0.
  SynonymSet(at::Tensor words, at::Tensor position, at::Tensor direction, at::Tensor budget);

  int64_t batch() const override { return words_.size(0); }
  at::ScalarType dtype() const override { return words_.scalar_type(); }
  Interval box() const override;
  at::Tensor lower(const at::Tensor& rows) const override;
  at::Tensor minimizer(const at::Tensor& rows) const override;
  LinearBounds coordinates() const override;
  int64_t coordinate_count() const override { return position_.size(1); }
  at::Tensor lower_of_coordinates(const at::Tensor& coefficients) const override;

  at::Tensor coordinate_reach() const override;
  int64_t roundings() const override;

  /// The same sets with other budgets (B).
  SynonymSet with_budget(const at::Tensor& budget) const;

  /// The sets after every embedding is multiplied by `mask` (B, 1, E) and every replacement goes
  /// only the share `reach` of its way.
  SynonymSet scaled(const at::Tensor& mask, double reach) const;

  /// Change of <a, x> by each replacement: rows (R, B, T, E) gives (R, B, P).
  at::Tensor gains(const at::Tensor& rows) const;

  const at::Tensor& words() const { return words_; }

 private:
  at::Tensor least_sum(const at::Tensor& word_gains) const;

  at::Tensor words_, position_, direction_, budget_;
  at::Tensor slot_;            // (B, P): number of the word among the replaceable ones of its item
  int64_t slots_ = 0;          // largest number of replaceable words
  bool is_unlimited_ = false;  // no item has more replaceable words than budget
};

}  // namespace limbeck::verify
