#pragma once

#include <vector>

#include "verify/certify/word_problem.h"

namespace limbeck::verify {

/// The smallest margin that an attack has seen, and the sentence where it was.
struct Attack {
  double margin = 0;
  std::vector<Replacement> replacements;
};

/// Smallest margin that greedy search finds, starting from `start`: single changes within the
/// budget, and moves of one replacement to another word once it is spent, steepest first.
Attack local_search(WordModel& model, const WordProblem& problem, std::vector<Replacement> start);

/// The same with the `width` best sentences of one more replacement kept at each step, from the
/// original on; it ends when the best of them no longer improves, when the budget is spent, or with
/// the first margin that is not positive.
Attack beam_search(WordModel& model, const WordProblem& problem, int64_t width);

/// The replacements within the budget that reduce the margin most to first order, by its gradient
/// at the sentence with those of `made`.
std::vector<Replacement> gradient_replacements(WordModel& model, const WordProblem& problem,
                                               const std::vector<Replacement>& made);

/// All of them until one ends below zero: greedy from `start`, greedy from the sentences that
/// gradients point to, and a beam where a set is too large to be enumerated.
/// Source:  greedy and gradient-guided word substitution, Ren et al. 2019 and Ebrahimi et al. 2018.
Attack attack(WordModel& model, const WordProblem& problem, std::vector<Replacement> start);

/// The replacements that minimise a linear function with these gains (P), as region_of() orders
/// them.
std::vector<Replacement> best_replacements(const WordProblem& problem, const at::Tensor& gains);

}  // namespace limbeck::verify
