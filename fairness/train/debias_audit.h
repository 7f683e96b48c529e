#pragma once

#include <filesystem>
#include <vector>

#include "fairness/report/debias_report.h"
#include "fairness/score/vader.h"
#include "fairness/template/template_set.h"
#include "nlp/core/run_context.h"

namespace limbeck::fairness {

/// A small audit of one model, as users will run it: continuations of every prompt, scored by
/// VADER. Its work list `<folder>/<variant>.jsonl` is gone on with when it is there.
/// Throws: Interrupted with the resume line.
std::vector<DebiasAudit> audit_model(const std::filesystem::path& model, const std::string& variant,
                                     const std::vector<TemplateSet>& sets,
                                     const DebiasOptions& options, uint64_t seed,
                                     const VaderScorer& scorer, const std::filesystem::path& folder,
                                     const RunContext& context);

}  // namespace limbeck::fairness
