#include "verify/certify/sentence_regions.h"

#include <ATen/ATen.h>

#include "verify/region/word_balls.h"

namespace limbeck::verify {

SentenceRegions sentence_regions(const at::Tensor& words, const MovableWords& movable,
                                 const MovedWords& moved, double norm) {
  const int64_t first = movable.first, count = movable.count, width = words.size(2);
  const at::Tensor elements = at::arange(first * width, (first + count) * width, at::kLong);
  if (moved.is_each)
    return {growing_lp_balls(words.expand({count, -1, -1}), elements.view({count, width}), norm),
            count};
  if (moved.at_most == 0) return {growing_lp_balls(words, elements.unsqueeze(0), norm), 1};
  const at::Tensor places = at::arange(first, first + count, at::kLong).unsqueeze(0);
  return {[=](const at::Tensor& index, const at::Tensor& radius) -> std::unique_ptr<Region> {
            return std::make_unique<WordBalls>(
                words.index_select(0, index).to(radius.scalar_type()),
                places.index_select(0, index), radius, norm, moved.at_most);
          },
          1};
}

}  // namespace limbeck::verify
