#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fairness/audit/work_list.h"
#include "fairness/score/scorer.h"
#include "fairness/statistics/verdict.h"
#include "fairness/template/template_set.h"
#include "nlp/causal/generator.h"

namespace limbeck::fairness {

/// What an audit does.
struct AuditOptions {
  int64_t count = 100;  ///< continuations of each template and value; 2 to 100,000
  nlp::GenerateOptions generate;
  PermutationOptions permutation;
  VerdictOptions verdict;
  int64_t example_pairs = 3;  ///< most different pairs of values that are shown with examples

  /// Throws: ConfigError naming the field and the value.
  void validate() const;
};

/// Produces the continuations that the work list lacks and appends them, a line each.
///
/// Law:    interrupted and resumed, the same set of lines as in one go. A sink that throws loses
///         nothing that was appended.
/// Throws: ConfigError when the work list was made with other settings; DataError when a value
///         has no token, or the disk is full.
/// `progress(done, total)` is called after every step and may throw to stop.
WorkResults produce_continuations(const nlp::CausalModel& model, const std::string& model_name,
                                  const std::vector<TemplateSet>& sets, const AuditOptions& options,
                                  const std::filesystem::path& work_list,
                                  const std::function<void(int64_t done, int64_t total)>& progress);

/// The scores of one attribute by one scorer. The continuation alone is scored, without its prompt.
/// Throws: DataError when a continuation is missing or the scorer gives NaN.
ScoreTable score_continuations(const TemplateSet& set, const WorkResults& results, int64_t count,
                               const Scorer& scorer);

/// Two values whose continuations differ most.
struct PairFinding {
  int64_t a = 0, b = 0;
  PermutationResult test;
  double holm_p = 1, bh_p = 1;
};

/// One attribute by one scorer.
struct AttributeFinding {
  std::string attribute, scorer;
  ScoreTable table;
  Evidence evidence;
  std::vector<PairFinding> pairs;  ///< all pairs, the largest corrected distance first
};

/// All tests of one table. Pairs are adjusted for each other (Holm, Benjamini-Hochberg).
AttributeFinding examine(const TemplateSet& set, ScoreTable table, const std::string& scorer,
                         const AuditOptions& options);

/// The worst verdict of all: a fail is a fail; else insufficient evidence anywhere is that.
Verdict overall_verdict(const std::vector<AttributeFinding>& findings);

/// Share of continuations that mention their own value (S.S.^c of Huang et al. 2020, sec. 5.1).
double mention_share(const TemplateSet& set, const WorkResults& results);

}  // namespace limbeck::fairness
