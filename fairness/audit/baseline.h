#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "fairness/audit/finding.h"
#include "fairness/statistics/multiple_tests.h"

namespace limbeck::fairness {

/// What an earlier report says of one attribute by one scorer.
struct BaselineFinding {
  std::string attribute, scorer;
  nlohmann::json design;                   ///< of audit_design()
  double corrected = 0;                    ///< individual fairness
  std::vector<double> template_corrected;  ///< as PermutationResult::template_corrected
  std::optional<double> relevance, mention_share;
};

/// An earlier report.json of `limbeck audit`.
struct Baseline {
  std::string where;  ///< the file
  std::vector<BaselineFinding> findings;
  std::optional<double> perplexity, sensitive_perplexity;
};

/// Throws: DataError `file: /results/findings/0/templates: expected ..., got ...`; also for the
/// report of another command.
Baseline read_baseline(const std::filesystem::path& report);

/// What the baseline says of this attribute by this scorer.
/// Throws: DataError when it says nothing, or was made with another design: which field, what is
/// expected, what it has.
const BaselineFinding& baseline_finding(const Baseline& baseline, const std::string& attribute,
                                        const std::string& scorer,
                                        const nlohmann::ordered_json& design);

/// How far one attribute is from the earlier report: now minus then, over templates.
struct Regression {
  std::string attribute, scorer;
  double before = 0, now = 0;
  Interval interval;        ///< of the difference
  double p_value = 1;       ///< that it is no larger than 0
  AdjustedP adjusted = {};  ///< for the run; set by judge_regressions()
  Verdict verdict = Verdict::kInsufficient;
};

/// Pairs the templates of both reports: difference, interval and sign-flip test, judged as a run of
/// its own.
/// Throws: as baseline_finding().
Regression compare_with_baseline(const AttributeFinding& finding, const Baseline& baseline,
                                 const VerdictOptions& options, uint64_t seed);

/// Adjusts the tests of a run for each other (Holm) and judges each. Fail: the test rejects
/// (adjusted.holm <= alpha) and the whole interval lies above 0. Pass: the whole interval lies at
/// or below the tolerance. Else, and where the templates are too few for an interval, the evidence
/// does not suffice.
void judge_regressions(std::vector<Regression>& regressions, const VerdictOptions& options);

}  // namespace limbeck::fairness
