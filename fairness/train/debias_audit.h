#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "fairness/audit/audit.h"
#include "fairness/report/debias_report.h"
#include "fairness/score/scorer.h"
#include "fairness/template/template_set.h"
#include "nlp/core/run_context.h"

namespace limbeck::fairness {

/// What the audits of a debiasing measure with.
struct DebiasInstruments {
  std::vector<std::unique_ptr<Scorer>> scorers;   ///< one or more where there is an audit
  std::unique_ptr<nlp::SentenceEncoder> encoder;  ///< of S.S.; may be null
};

/// The permutation tests of I.F. and G.F. of all audits of a debiasing, which are adjusted for each
/// other.
int64_t audit_tests(const DebiasOptions& options, int64_t sets, int64_t scorers);

/// A small audit of models, as users will run them: continuations of every prompt, scored, and
/// their relevance where there is an encoder.
class DebiasAuditor {
 public:
  /// Work lists lie in `folder`.
  DebiasAuditor(const std::vector<TemplateSet>& sets, const DebiasOptions& options, uint64_t seed,
                const DebiasInstruments& instruments, std::filesystem::path folder,
                const RunContext& context);

  /// What each test draws: as many as the options say, or as audit_tests() need.
  const PermutationOptions& permutation() const { return audit_.permutation; }

  /// An audit for each attribute and scorer. The work list `<folder>/<name>.jsonl` is gone on with
  /// when it is there; a finished one needs no model any more. Throws: Interrupted; DataError when
  /// the model is gone and the list unfinished.
  std::vector<DebiasAudit> audit(const std::filesystem::path& model, const DebiasRun& run,
                                 const std::string& name) const;

 private:
  WorkResults produce(const std::filesystem::path& model, const std::string& name) const;
  WorkResults finished(const std::filesystem::path& model, const std::string& name) const;

  const std::vector<TemplateSet>& sets_;
  const DebiasInstruments& instruments_;
  double relevance_threshold_;
  AuditOptions audit_;
  std::filesystem::path folder_;
  const RunContext& context_;
};

}  // namespace limbeck::fairness
