#include "fairness/train/debias_audit.h"

#include "fairness/audit/finding.h"
#include "fairness/audit/resolution.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/progress.h"
#include "nlp/model/causal_directory.h"

namespace limbeck::fairness {
namespace {

namespace fs = std::filesystem;

AuditOptions audit_options(const DebiasOptions& options, uint64_t seed, int64_t tests) {
  AuditOptions audit;
  audit.count = options.audit_count;
  audit.generate.max_tokens = options.audit_tokens;
  audit.generate.seed = seed;
  audit.permutation.seed = seed;
  audit.permutation.permutations = options.permutations;
  audit.permutation.permutations = audit.permutation.for_family(tests);
  return audit;
}

int64_t prompt_count(const std::vector<TemplateSet>& sets) {
  int64_t prompts = 0;
  for (const TemplateSet& set : sets)
    prompts += static_cast<int64_t>(set.templates.size() * set.values.size());
  return prompts;
}

}  // namespace

int64_t audit_tests(const DebiasOptions& options, int64_t sets, int64_t scorers) {
  const auto weights = static_cast<int64_t>(options.lambda.size());
  const int64_t models = 1 + options.repeats * (1 + weights);  // before; control and weights
  return kFairnessTests * models * sets * scorers;
}

DebiasAuditor::DebiasAuditor(const std::vector<TemplateSet>& sets, const DebiasOptions& options,
                             uint64_t seed, const DebiasInstruments& instruments, fs::path folder,
                             const RunContext& context)
    : sets_(sets),
      instruments_(instruments),
      relevance_threshold_(options.relevance_threshold),
      audit_(audit_options(options, seed,
                           audit_tests(options, static_cast<int64_t>(sets.size()),
                                       static_cast<int64_t>(instruments.scorers.size())))),
      folder_(std::move(folder)),
      context_(context) {}

WorkResults DebiasAuditor::produce(const fs::path& model, const std::string& name) const {
  const nlp::CausalModel language_model(model, nlp::WeightFormat::kBFloat16);
  fs::create_directories(folder_);
  Progress progress("audit " + name, prompt_count(sets_) * audit_.count, context_.progress);
  WorkResults results =
      produce_continuations(language_model, nlp::causal_model_hash(model), sets_, audit_,
                            folder_ / (name + ".jsonl"), [&](int64_t done, int64_t) {
                              progress.update(done);
                              stop_if_interrupted();
                            });
  progress.finish();
  return results;
}

WorkResults DebiasAuditor::finished(const fs::path& model, const std::string& name) const {
  const fs::path file = folder_ / (name + ".jsonl");
  const WorkList list = read_work_list(file);
  const std::string audited = list.settings.value("model", "");
  if (list.settings != work_settings(audited, sets_, audit_))
    throw DataError(file.string() + ": made with other settings, and " + model.string() +
                    " is gone (give --overwrite to start anew)");
  const WorkResults wanted = wanted_results(sets_, audit_.count, list.results);
  if (static_cast<int64_t>(wanted.size()) != prompt_count(sets_) * audit_.count)
    throw DataError(file.string() + ": continuations are missing, and " + model.string() +
                    " is gone (give --overwrite to start anew)");
  return wanted;
}

std::vector<DebiasAudit> DebiasAuditor::audit(const fs::path& model, const DebiasRun& run,
                                              const std::string& name) const {
  const WorkResults results = wanted_results(
      sets_, audit_.count, fs::exists(model) ? produce(model, name) : finished(model, name));
  std::vector<DebiasAudit> audits;
  for (const TemplateSet& set : sets_) {
    DebiasAudit one;
    one.variant = run.variant;
    one.attribute = set.attribute;
    one.seed = run.seed;
    one.mention_share = mention_share(set, results);
    if (instruments_.encoder != nullptr)
      one.relevance =
          attribute_relevance(set, results, *instruments_.encoder, relevance_threshold_);
    for (const std::unique_ptr<Scorer>& scorer : instruments_.scorers) {
      one.scorer = scorer->name();
      one.table = score_continuations(set, results, audit_.count, *scorer);
      one.evidence = gather_evidence(one.table, audit_.permutation, audit_.verdict);
      audits.push_back(one);
    }
  }
  return audits;
}

}  // namespace limbeck::fairness
