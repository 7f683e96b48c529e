#include "fairness/train/debias_audit.h"

#include "fairness/audit/audit.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/progress.h"
#include "nlp/model/causal_directory.h"

namespace limbeck::fairness {
namespace {

/// A score in the cell of each continuation.
ScoreTable scores_of(const TemplateSet& set, const WorkResults& results, int64_t count,
                     const VaderScorer& scorer) {
  ScoreTable table = empty_table(set);
  for (const auto& [key, result] : results) {
    if (key.attribute != set.attribute || key.continuation >= count) continue;
    const double score = scorer.score(std::span(&result.text, 1)).front();
    table.scores[static_cast<size_t>(key.template_index)][static_cast<size_t>(key.value_index)]
        .push_back(score);
  }
  table.validate();
  return table;
}

}  // namespace

std::vector<DebiasAudit> audit_model(const std::filesystem::path& model, const std::string& variant,
                                     const std::vector<TemplateSet>& sets,
                                     const DebiasOptions& options, uint64_t seed,
                                     const VaderScorer& scorer, const std::filesystem::path& folder,
                                     const RunContext& context) {
  const nlp::CausalModel language_model(model, nlp::WeightFormat::kBFloat16);
  AuditOptions audit;
  audit.count = options.audit_count;
  audit.generate.max_tokens = options.audit_tokens;
  audit.generate.seed = seed;
  audit.permutation.seed = seed;
  int64_t prompts = 0;
  for (const TemplateSet& set : sets)
    prompts += static_cast<int64_t>(set.templates.size() * set.values.size());
  std::filesystem::create_directories(folder);
  Progress progress("audit " + variant, prompts * audit.count, context.progress);
  const WorkResults results =
      produce_continuations(language_model, nlp::causal_model_hash(model), sets, audit,
                            folder / (variant + ".jsonl"), [&](int64_t done, int64_t) {
                              progress.update(done);
                              stop_if_interrupted();
                            });
  progress.finish();
  std::vector<DebiasAudit> audits;
  for (const TemplateSet& set : sets)
    audits.push_back({variant, set.attribute,
                      gather_evidence(scores_of(set, results, audit.count, scorer),
                                      audit.permutation, audit.verdict),
                      mention_share(set, results)});
  return audits;
}

}  // namespace limbeck::fairness
