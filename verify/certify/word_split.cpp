#include "verify/certify/word_split.h"

#include <ATen/ATen.h>

#include <limits>

namespace limbeck::verify {

int64_t word_to_split(const WordProblem& problem, const at::Tensor& gains) {
  const std::vector<Replacement> all = replacements_of(problem);
  int64_t best = all.empty() ? -1 : all[0].position;
  if (!gains.defined()) return best;
  double least = std::numeric_limits<double>::infinity();
  const at::Tensor values = gains.to(at::kDouble).contiguous();
  for (size_t p = 0; p < all.size(); ++p)
    if (values.data_ptr<double>()[p] < least) {
      least = values.data_ptr<double>()[p];
      best = all[p].position;
    }
  return best;
}

std::vector<WordProblem> split(const WordProblem& problem, int64_t position) {
  const size_t at = static_cast<size_t>(position);
  WordProblem kept = problem;
  kept.candidates[at].clear();
  std::vector<WordProblem> parts = {kept};
  for (const int64_t word : problem.candidates[at]) {
    parts.push_back(kept);
    parts.back().words[at] = word;
    parts.back().budget = problem.budget - 1;
  }
  return parts;
}

}  // namespace limbeck::verify
