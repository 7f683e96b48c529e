#include "verify/region/synonym_set.h"

#include <ATen/ATen.h>

#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

/// Numbers the distinct positions of each item from 0, in ascending order.
at::Tensor number_slots(const at::Tensor& position, int64_t length) {
  const at::Tensor is_used =
      at::zeros({position.size(0), length}, at::kLong).scatter(1, position, 1);
  return (is_used.cumsum(1) - 1).gather(1, position);
}

}  // namespace

SynonymSet::SynonymSet(at::Tensor words, at::Tensor position, at::Tensor direction,
                       at::Tensor budget)
    : words_(std::move(words)),
      position_(std::move(position)),
      direction_(std::move(direction)),
      budget_(std::move(budget)) {
  if (words_.dim() != 3 || position_.dim() != 2 || direction_.dim() != 3 || budget_.dim() != 1 ||
      position_.size(0) != batch() || direction_.size(0) != batch() || budget_.size(0) != batch() ||
      direction_.size(1) != position_.size(1) || direction_.size(2) != words_.size(2))
    throw ShapeError(
        "synonym_set: expected words (B, T, E), position (B, P), direction (B, P, E) and budget "
        "(B)");
  if (position_.size(1) == 0) return;
  slot_ = number_slots(position_, words_.size(1));
  slots_ = slot_.max().item<int64_t>() + 1;
  is_unlimited_ = budget_.min().item<int64_t>() >= slots_;
}

SynonymSet SynonymSet::with_budget(const at::Tensor& budget) const {
  return {words_, position_, direction_, budget};
}

SynonymSet SynonymSet::scaled(const at::Tensor& mask, double reach) const {
  return {words_ * mask, position_, direction_ * (mask * reach), budget_};
}

Interval SynonymSet::box() const {
  const at::Tensor index = position_.unsqueeze(-1).expand(direction_.sizes());
  const at::Tensor candidate = words_.gather(1, index) + direction_;
  const at::Tensor may_change = (budget_ > 0).view({-1, 1, 1});
  const Interval all{words_.scatter_reduce(1, index, candidate, "amin"),
                     words_.scatter_reduce(1, index, candidate, "amax")};
  return {at::where(may_change, all.lower, words_), at::where(may_change, all.upper, words_)};
}

at::Tensor SynonymSet::coordinate_reach() const { return at::ones({batch()}, words_.options()); }

/// A gain sums the elements of one word; gains of all words are then summed. The directions are
/// rounded differences.
int64_t SynonymSet::roundings() const { return words_.size(1) + words_.size(2) + 16; }

at::Tensor SynonymSet::gains(const at::Tensor& rows) const {
  const int64_t r = rows.size(0);
  const at::Tensor index = position_.unsqueeze(-1).expand(direction_.sizes()).unsqueeze(0);
  const at::Tensor at_position = rows.gather(2, index.expand({r, -1, -1, -1}));
  return (at_position * direction_).sum(-1);
}

/// word_gains (..., B, Q) <= 0: the sum of the `budget` smallest of each item.
at::Tensor SynonymSet::least_sum(const at::Tensor& word_gains) const {
  if (is_unlimited_) return word_gains.sum(-1);
  const int64_t most = std::min<int64_t>(budget_.max().item<int64_t>(), word_gains.size(-1));
  if (most == 0) return at::zeros_like(word_gains.select(-1, 0));
  const at::Tensor best = std::get<0>(word_gains.topk(most, -1, /*largest=*/false));
  const at::Tensor is_allowed = at::arange(most).unsqueeze(0) < budget_.unsqueeze(1);
  return (best * is_allowed).sum(-1);
}

at::Tensor SynonymSet::lower(const at::Tensor& rows) const {
  const at::Tensor base = (rows * words_).flatten(2).sum(-1);
  if (slots_ == 0) return base;
  const at::Tensor gain = gains(rows);
  at::Tensor by_word = at::zeros({rows.size(0), batch(), slots_}, gain.options());
  by_word = by_word.scatter_reduce(2, slot_.unsqueeze(0).expand(gain.sizes()), gain, "amin");
  return base + least_sum(by_word);
}

/// The best replacement of each word where it gains, and of these words the `budget` best.
at::Tensor SynonymSet::minimizer(const at::Tensor& rows) const {
  const at::Tensor base = words_.unsqueeze(0).expand(rows.sizes()).clone();
  if (slots_ == 0) return base;
  const int64_t r = rows.size(0);
  const at::Tensor gain = gains(rows), slot = slot_.unsqueeze(0).expand(gain.sizes());
  const at::Tensor by_word =
      at::zeros({r, batch(), slots_}, gain.options()).scatter_reduce(2, slot, gain, "amin");
  const at::Tensor order = std::get<1>(by_word.sort(-1)), rank = std::get<1>(order.sort(-1));
  const at::Tensor is_taken = (rank < budget_.view({1, -1, 1})) & (by_word < 0);
  at::Tensor is_made = is_taken.gather(2, slot) & (gain == by_word.gather(2, slot));
  // Of equal candidates of one word only the first is made.
  const at::Tensor number = at::arange(gain.size(2)).expand(gain.sizes());
  const at::Tensor first =
      at::full({r, batch(), slots_}, gain.size(2), at::kLong)
          .scatter_reduce(2, slot, number.masked_fill(~is_made, gain.size(2)), "amin");
  is_made = is_made & (number == first.gather(2, slot));
  const at::Tensor index = position_.unsqueeze(-1).expand(direction_.sizes()).unsqueeze(0);
  return base.scatter_add(2, index.expand({r, -1, -1, -1}),
                          direction_.unsqueeze(0) * is_made.unsqueeze(-1));
}

LinearBounds SynonymSet::coordinates() const {
  const int64_t count = position_.size(1);
  at::Tensor form = at::zeros({count, batch(), words_.size(1), words_.size(2)}, words_.options());
  const at::Tensor direction = direction_.transpose(0, 1).unsqueeze(2);  // (P, B, 1, E)
  const at::Tensor index = position_.t().unsqueeze(-1).unsqueeze(-1).expand(direction.sizes());
  return {form.scatter(2, index, direction), words_, {}, {}};
}

at::Tensor SynonymSet::lower_of_coordinates(const at::Tensor& coefficients) const {
  std::vector<int64_t> shape(coefficients.sizes().begin() + 1, coefficients.sizes().end());
  if (slots_ == 0) return at::zeros(shape, coefficients.options());
  const at::Tensor gain = coefficients.reshape({coefficients.size(0), batch(), -1});  // (P, B, M)
  const at::Tensor index = slot_.t().unsqueeze(-1).expand(gain.sizes());
  at::Tensor by_word = at::zeros({slots_, batch(), gain.size(2)}, gain.options());
  by_word = by_word.scatter_reduce(0, index, gain, "amin");
  return least_sum(by_word.permute({2, 1, 0})).t().reshape(shape);
}

}  // namespace limbeck::verify
