#include "fairness/audit/resolution.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fairness/audit/finding.h"
#include "fairness/statistics/sign_flip.h"

namespace limbeck::fairness {

void fit_permutations(const std::vector<TemplateSet>& sets, int64_t scorers,
                      AuditOptions& options) {
  options.permutation.alpha = options.verdict.alpha;
  options.permutation.pair_family = 0;
  for (const TemplateSet& set : sets) options.permutation.pair_family += count_pairs(set) * scorers;
  const int64_t findings = static_cast<int64_t>(sets.size()) * scorers;
  options.permutation.permutations =
      options.permutation.for_family(std::max(kFairnessTests, kParityTests) * findings);
}

std::string resolution_note(int64_t permutations, int64_t tests, double alpha, int64_t refinement) {
  const double least = static_cast<double>(tests) / static_cast<double>(1 + permutations);
  if (least <= alpha) return "";
  const double needed =
      std::ceil(static_cast<double>(tests) / alpha / static_cast<double>(refinement));
  return " With " + std::to_string(permutations) + " permutations no p by Holm of " +
         std::to_string(tests) + " tests can reach alpha: --permutations " +
         std::to_string(static_cast<int64_t>(needed)) + " or more can.";
}

std::string detectable_note() {
  return "Detectable: the larger of the corrected distance that the test, not yet adjusted, finds "
         "with probability 0.8, and of -log(alpha) / n, the distance that scores could make which "
         "are so rare that the n continuations of a value (or group) show none with probability "
         "alpha.";
}

std::vector<double> least_sign_flip_holm(const std::vector<int64_t>& templates) {
  std::vector<double> least;
  for (const int64_t count : templates) {
    // Tests that can be no smaller come after it, or are as small: Holm multiplies by their number.
    const auto after = std::ranges::count_if(templates, [&](int64_t other) {
      return least_sign_flip_p(other) >= least_sign_flip_p(count);
    });
    least.push_back(std::min(1.0, least_sign_flip_p(count) * static_cast<double>(after)));
  }
  return least;
}

std::string sign_flip_note(const std::vector<int64_t>& templates, double alpha) {
  const std::vector<double> least = least_sign_flip_holm(templates);
  for (size_t i = 0; i < least.size(); ++i) {
    if (least[i] <= alpha) continue;
    char text[200];
    std::snprintf(text, sizeof text,
                  "with %lld templates and %zu tests no p by Holm of a sign-flip test is below "
                  "%.4g (alpha %g): no change can be shown",
                  static_cast<long long>(templates[i]), templates.size(), least[i], alpha);
    return text;
  }
  return "";
}

}  // namespace limbeck::fairness
