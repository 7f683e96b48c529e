#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "verify/certify/word_problem.h"

namespace limbeck::verify {

/// The word whose replacement can lower a linear bound most, by the gains (P) of its replacements
/// as region_of() orders them, or the first where these are not known; -1: none is left.
int64_t word_to_split(const WordProblem& problem, const at::Tensor& gains);

/// The subsets in which one word is kept, and in which it is each of its candidates. Together they
/// are the set.
std::vector<WordProblem> split(const WordProblem& problem, int64_t position);

}  // namespace limbeck::verify
