#pragma once

#include <filesystem>
#include <vector>

#include "fairness/audit/audit.h"
#include "fairness/report/debias_report.h"
#include "fairness/score/vader.h"
#include "fairness/template/template_set.h"
#include "nlp/core/run_context.h"

namespace limbeck::fairness {

/// A small audit of models, as users will run them: continuations of every prompt, scored by VADER,
/// and their relevance where there is an encoder.
class DebiasAuditor {
 public:
  /// `encoder` may be null. Work lists lie in `folder`.
  DebiasAuditor(const std::vector<TemplateSet>& sets, const DebiasOptions& options, uint64_t seed,
                const nlp::SentenceEncoder* encoder, std::filesystem::path folder,
                const RunContext& context);

  /// An audit an attribute. The work list `<folder>/<name>.jsonl` is gone on with when it is there;
  /// a finished one needs no model any more.
  /// Throws: Interrupted; DataError when the model is gone and the list unfinished.
  std::vector<DebiasAudit> audit(const std::filesystem::path& model, const DebiasRun& run,
                                 const std::string& name) const;

 private:
  WorkResults produce(const std::filesystem::path& model, const std::string& name) const;
  WorkResults finished(const std::filesystem::path& model, const std::string& name) const;

  const std::vector<TemplateSet>& sets_;
  const nlp::SentenceEncoder* encoder_;
  double relevance_threshold_;
  AuditOptions audit_;
  VaderScorer scorer_;
  std::filesystem::path folder_;
  const RunContext& context_;
};

}  // namespace limbeck::fairness
