#include <cstdio>

#include "distill/evaluate/task_classifier.h"
#include "fairness/train/debiaser.h"
#include "nlp/causal/causal_model.h"
#include "tools/limbeck/audit_inputs.h"
#include "tools/limbeck/command_debias.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/train/run_context.h"
#include "tools/limbeck/train/run_json.h"
#include "tools/limbeck/train/training_table.h"

namespace limbeck::tools {
namespace {

std::string as_text(const fairness::DebiasSummary& summary) {
  std::string text;
  const auto sensitive = fairness::debias_scores(summary, "sensitive_perplexity");
  const auto cosines = fairness::debias_scores(summary, "embedding_cosine");
  const auto perplexities = fairness::debias_scores(summary, "perplexity");
  for (size_t i = 0; i < perplexities.size(); ++i) {
    char line[192];
    std::snprintf(line, sizeof line,
                  "%-16s perplexity %.3f, where a value stands %.3f, cosine of pairs %.4f\n",
                  perplexities[i].variant.c_str(), perplexities[i].mean, sensitive[i].mean,
                  cosines[i].mean);
    text += line;
  }
  for (const fairness::DebiasAuditMean& mean : fairness::debias_audit_means(summary)) {
    char relevance[32] = "", line[256];
    if (mean.relevance) std::snprintf(relevance, sizeof relevance, ", S.S. %.3f", *mean.relevance);
    std::snprintf(line, sizeof line,
                  "%-16s %s, %s: corrected I.F. %.4f, G.F. %.4f%s, mentions (S.S.^c) %.4f\n",
                  mean.variant.c_str(), mean.attribute.c_str(), mean.scorer.c_str(),
                  mean.individual, mean.group, relevance, mean.mention_share);
    text += line;
  }
  return text + "model:  " + summary.options.output + "\nreport: " + summary.options.output +
         "/report.html\n";
}

std::vector<std::filesystem::path> inputs(const fairness::DebiasOptions& options) {
  const auto gguf = nlp::find_gguf(options.model);
  std::vector<std::filesystem::path> paths{gguf ? *gguf : std::filesystem::path(options.model)};
  paths.insert(paths.end(), options.text.begin(), options.text.end());
  paths.insert(paths.end(), {options.held_out, options.lexicon, options.encoder});
  paths.insert(paths.end(), options.templates.begin(), options.templates.end());
  for (const std::string& directory : options.classifiers()) paths.emplace_back(directory);
  return paths;
}

}  // namespace

int run_debias(Command& command, const Invocation& invocation) {
  const DebiasCommand& debias = dynamic_cast<const DebiasCommand&>(command);
  const fairness::DebiasOptions& options = debias.options();
  RunJson record(command, invocation, debias.training().seed, inputs(options));
  RunContext context = run_context_of(command, debias.directory(), invocation);
  context.on_start = [&](const std::filesystem::path& folder) { record.write_start(folder); };
  fairness::DebiasInstruments instruments;
  if (options.audit_count > 0)
    instruments.scorers =
        open_scorers(options.scorer, {options.lexicon, "", options.scorer_classes});
  if (!options.encoder.empty())
    instruments.encoder =
        distill::load_sentence_encoder(options.encoder, nlp::Precision::kBFloat16);
  const fairness::DebiasSummary summary =
      fairness::debias(options, debias.training(), context, instruments);
  record.write_end(options.output);
  if (command.is_json()) {
    print_result(fairness::debias_results(summary).dump() + "\n");
  } else if (!command.is_quiet()) {
    print_result(as_text(summary));
  }
  return kDone;
}

}  // namespace limbeck::tools
