#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fairness/audit/audit.h"

/// What the tests of a run can show at all: no p-value is below one over the permutations or sign
/// patterns that it counts, and Holm multiplies it by the tests of its family.
namespace limbeck::fairness {

/// Tests of one attribute by one scorer in the families of judge_findings().
inline constexpr int64_t kFairnessTests = 2;  ///< I.F. and G.F.
inline constexpr int64_t kParityTests = 3;    ///< strict, weak, I.F. across groups

/// Fits the permutations to a run of these sets and so many scorers: sets pair_family, and raises
/// their number to what the largest family of a finding's tests needs (for_family()).
void fit_permutations(const std::vector<TemplateSet>& sets, int64_t scorers, AuditOptions& options);

/// " With 199999 permutations ...", a sentence for a table of so many tests; empty where a p-value
/// by Holm can reach alpha. `refinement`: each of --permutations gives so many of them.
std::string resolution_note(int64_t permutations, int64_t tests, double alpha,
                            int64_t refinement = 1);

/// What "detectable" means, as a sentence for a table: PermutationResult::visible().
std::string detectable_note();

/// The smallest p by Holm of each sign-flip test of a family whose tests flip so many templates.
std::vector<double> least_sign_flip_holm(const std::vector<int64_t>& templates);

/// "with 4 templates and 1 tests no p by Holm ...", where some test of the family cannot reach
/// alpha; else empty.
std::string sign_flip_note(const std::vector<int64_t>& templates, double alpha);

}  // namespace limbeck::fairness
