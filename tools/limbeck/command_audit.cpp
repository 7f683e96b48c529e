#include <cstdio>

#include "data/asset.h"
#include "distill/evaluate/task_classifier.h"
#include "fairness/audit/audit_report.h"
#include "fairness/score/vader.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/output_directory.h"
#include "nlp/core/progress.h"
#include "tools/limbeck/classifier_scorer.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/language_model_options.h"
#include "tools/limbeck/result_stream.h"

namespace limbeck::tools {
namespace {

struct AuditCommandOptions {
  std::vector<std::string> attribute;  ///< built-in template sets
  std::vector<std::string> templates;  ///< files of other sets
  std::vector<std::string> scorer = {"vader"};
  std::string lexicon;  ///< empty: the asset
  int64_t count = 100;
  int64_t max_tokens = 50;
  int64_t batch_size = 128;
  uint64_t seed = 1;
  int64_t permutations = 999;
  double alpha = 0.05;
  double tolerance = 0.02;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(
        "attribute", self.attribute,
        "attributes whose values take turns: age, country, name, nationality, occupation, pronoun, "
        "religion");
    visit("templates", self.templates, "JSON files with templates and values of other attributes");
    visit("scorer", self.scorer, "vader, or the directory of a fine-tuned sentiment classifier");
    visit("lexicon", self.lexicon, "vader_lexicon.txt; none: the asset");
    visit("count", self.count, "continuations of each template and value");
    visit("max_tokens", self.max_tokens, "tokens of a continuation at most");
    visit("batch_size", self.batch_size,
          "continuations computed at once; results do not depend on it");
    visit("seed", self.seed, "seed of all draws");
    visit("permutations", self.permutations, "shuffles of each test");
    visit("alpha", self.alpha, "error rate of tests and intervals");
    visit("tolerance", self.tolerance, "largest corrected distance that passes");
  }
};

class AuditCommand final : public Command {
 public:
  AuditCommand()
      : Command(
            {"audit",
             "measure counterfactual sentiment bias of a language model",
             "Lets the model go on from sentences that differ in one word, scores the sentiment "
             "of the continuations, and tests whether it depends on the word. Writes "
             "report.html, report.json, continuations.jsonl and continuations.csv. Exit code 0: "
             "all attributes pass; 1: one fails; 4: the evidence does not suffice.",
             {{"limbeck audit --model DIR --attribute country --output audit",
               "100 continuations of every prompt"},
              {"limbeck audit --model DIR --attribute name --scorer vader classifier --output "
               "audit",
               "two scorers in one report"}}}) {
    table()
        .bind(model_)
        .bind(options_)
        .bind(sampling_)
        .bind(output_)
        .file("model")
        .file("templates")
        .file("lexicon")
        .directory("output")
        .choices("dtype", {"auto", "float32", "bfloat16", "int8", "stored"});
    bind_general();
  }

  int run(const Invocation& invocation) override {
    model_.validate();
    if (output_.output.empty()) throw ConfigError("--output: expected a directory to write");
    if (output_.overwrite && output_.resume)
      throw ConfigError("--resume: expected either --resume or --overwrite, got both");
    fairness::AuditContext context;
    context.options = audit_options();
    context.options.validate();
    context.sets = template_sets();
    context.command = invocation.line();
    const auto scorers = open_scorers();
    const nlp::CausalModel model(model_.model, model_.format());
    context.model = model.description();
    const OutputDirectory directory(output_.output, output_.overwrite ? ExistingOutput::kOverwrite
                                                    : output_.resume  ? ExistingOutput::kResume
                                                                      : ExistingOutput::kRefuse);
    const fairness::WorkResults results = produce(model, context, directory.path());
    std::vector<fairness::AttributeFinding> findings;
    for (const fairness::TemplateSet& set : context.sets)
      for (const auto& scorer : scorers)
        findings.push_back(fairness::examine(
            set, fairness::score_continuations(set, results, options_.count, *scorer),
            scorer->name(), context.options));
    fairness::write_continuations_csv(directory.path() / "continuations.csv", context, findings,
                                      results);
    const nlp::Report report = fairness::audit_report(context, findings, results);
    nlp::write_report(directory.path(), report);
    print(report, findings);
    return exit_code(fairness::overall_verdict(findings));
  }

 private:
  fairness::AuditOptions audit_options() const {
    fairness::AuditOptions options;
    options.count = options_.count;
    options.generate = {options_.max_tokens, options_.batch_size, options_.seed, sampling_};
    options.permutation = {options_.permutations, options_.seed, options_.alpha};
    options.verdict = {options_.alpha, options_.tolerance};
    return options;
  }

  std::vector<fairness::TemplateSet> template_sets() const {
    std::vector<fairness::TemplateSet> sets;
    for (const std::string& name : options_.attribute)
      sets.push_back(fairness::builtin_template_set(name));
    for (const std::string& file : options_.templates)
      sets.push_back(fairness::read_template_set(file));
    if (sets.empty()) throw ConfigError("--attribute: expected an attribute, or --templates FILE");
    for (size_t i = 0; i < sets.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (sets[i].attribute == sets[j].attribute)
          throw ConfigError("attribute '" + sets[i].attribute + "' is given twice");
    return sets;
  }

  std::vector<std::unique_ptr<fairness::Scorer>> open_scorers() const {
    std::vector<std::unique_ptr<fairness::Scorer>> scorers;
    for (const std::string& name : options_.scorer) {
      if (name == "vader") {
        const std::filesystem::path lexicon =
            options_.lexicon.empty() ? data::require_asset("lexicon") / "vader_lexicon.txt"
                                     : std::filesystem::path(options_.lexicon);
        scorers.push_back(std::make_unique<fairness::VaderScorer>(lexicon));
      } else {
        scorers.push_back(std::make_unique<ClassifierScorer>(name));
      }
    }
    if (scorers.empty()) throw ConfigError("--scorer: expected vader or a classifier directory");
    return scorers;
  }

  fairness::WorkResults produce(const nlp::CausalModel& model,
                                const fairness::AuditContext& context,
                                const std::filesystem::path& directory) {
    Progress progress("audit, continuations", prompts(context.sets) * options_.count,
                      is_quiet() ? ProgressMode::kNever : parse_progress_mode(general().progress));
    const auto results = fairness::produce_continuations(
        model, context.model, context.sets, context.options, directory / "continuations.jsonl",
        [&](int64_t done, int64_t) {
          progress.update(done);
          stop_if_interrupted("go on with: " + context.command +
                              (output_.resume ? "" : " --resume"));
        });
    progress.finish();
    return results;
  }

  static int64_t prompts(const std::vector<fairness::TemplateSet>& sets) {
    int64_t count = 0;
    for (const fairness::TemplateSet& set : sets)
      count += static_cast<int64_t>(set.templates.size() * set.values.size());
    return count;
  }

  static int exit_code(fairness::Verdict verdict) {
    if (verdict == fairness::Verdict::kPass) return kDone;
    return verdict == fairness::Verdict::kFail ? kGateFailed : kInconclusive;
  }

  void print(const nlp::Report& report,
             const std::vector<fairness::AttributeFinding>& findings) const {
    if (is_quiet()) return;
    if (is_json()) return print_result(report.results.dump() + "\n");
    std::string text;
    char line[256];
    for (const fairness::AttributeFinding& finding : findings) {
      const fairness::Evidence& e = finding.evidence;
      std::snprintf(line, sizeof line,
                    "%s, %s: I.F. %.4f, without effect %.4f, corrected %.4f [%.4f, %.4f], p %.4f; "
                    "G.F. corrected %.4f; %s\n",
                    finding.attribute.c_str(), finding.scorer.c_str(), e.individual.observed,
                    e.individual.null_mean, e.individual.corrected(), e.interval.low,
                    e.interval.high, e.individual.p_value, e.group.corrected(),
                    fairness::verdict_text(e.verdict));
      text += line;
    }
    print_result(text + "report: " + output_.output + "/report.html\n");
  }

  LanguageModelOptions model_;
  AuditCommandOptions options_;
  nlp::SamplingOptions sampling_;
  OutputDirectoryOptions output_;
};

}  // namespace

std::unique_ptr<Command> make_audit() { return std::make_unique<AuditCommand>(); }

}  // namespace limbeck::tools
