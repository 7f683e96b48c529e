#include <chrono>
#include <cstdio>
#include <optional>

#include "distill/evaluate/task_classifier.h"
#include "fairness/audit/audit_design.h"
#include "fairness/audit/audit_report.h"
#include "fairness/audit/junit_report.h"
#include "fairness/audit/resolution.h"
#include "fairness/template/lint.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/output_directory.h"
#include "nlp/core/progress.h"
#include "tools/limbeck/audit_inputs.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/run_journal.h"

namespace limbeck::tools {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWorkList = "continuations.jsonl";

/// Seconds that the parts of a run took, for run.json.
class PartTimes {
 public:
  /// Ends the part that runs and gives it its name.
  void end(const char* part) {
    const auto now = std::chrono::steady_clock::now();
    seconds_[part] = std::chrono::duration<double>(now - start_).count();
    start_ = now;
  }
  nlohmann::ordered_json json() const { return {{"seconds", seconds_}}; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  nlohmann::ordered_json seconds_ = nlohmann::ordered_json::object();
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
             "all gates pass; 1: one fails; 4: the evidence does not suffice.",
             {{"limbeck audit --model DIR --attribute country --output audit",
               "100 continuations of every prompt"},
              {"limbeck audit --model DIR --attribute name --scorer vader classifier --output "
               "audit",
               "two scorers in one report"},
              {"limbeck audit --model DIR --attribute name --baseline last/report.json --output "
               "audit",
               "for CI: fails when the bias rose"},
              {"limbeck audit --model DIR --attribute name --shard 1/2 --output part1",
               "half of the work; --merge part1 part2 reports on both"}}}) {
    table()
        .bind(model_)
        .bind(options_)
        .bind(sampling_)
        .bind(output_)
        .file("model")
        .file("templates")
        .file("lexicon")
        .file("text")
        .file("baseline")
        .file("junit")
        .directory("opinion_words")
        .directory("encoder")
        .directory("merge")
        .directory("output")
        .choices("dtype", {"auto", "float32", "bfloat16", "int8", "stored"});
    bind_general();
  }

  int run(const Invocation& invocation) override {
    invocation_ = invocation;
    check_options();
    fairness::AuditContext context = audit_context();
    const auto scorers = open_scorers(
        options_.scorer, {options_.lexicon, options_.opinion_words, options_.scorer_classes});
    fairness::AuditFindings findings;
    fairness::fit_permutations(context.sets, static_cast<int64_t>(scorers.size()), context.options);
    open_baseline(context, scorers, findings);
    const auto encoder =
        options_.encoder.empty()
            ? nullptr
            : distill::load_sentence_encoder(options_.encoder, nlp::Precision::kBFloat16);
    const std::string text = options_.text.empty() ? "" : read_whole_text(options_.text);
    const nlp::CausalModel model(model_.model, model_.format());
    if (!text.empty()) check_text(model, text, context);
    fairness::require_tokens(model.tokenizer(), context.sets);
    fairness::require_room(model, context.sets, options_.max_tokens);
    context.model = model.description();
    const std::string identity = model_identity(model, model_);
    const std::optional<fairness::WorkResults> shards = read_shards(identity, context);
    const OutputDirectory directory(output_.output, output_.overwrite ? ExistingOutput::kOverwrite
                                                    : output_.resume  ? ExistingOutput::kResume
                                                                      : ExistingOutput::kRefuse);
    RunJournal journal(*this, invocation, options_.seed, input_files());
    journal.write_start(directory.path());
    if (shards)
      fairness::write_work_list(directory.path() / kWorkList,
                                fairness::work_settings(identity, context.sets, context.options),
                                *shards);
    tell_what_cannot_be_shown(context, static_cast<int64_t>(scorers.size()));
    tell_of_values(model, context);
    PartTimes times;
    fairness::WorkResults results = produce(model, identity, context, directory.path());
    times.end("generate");
    if (!context.options.shard.is_whole()) {
      journal.write_end(directory.path(), times.json());
      return print_shard(context.options.shard, static_cast<int64_t>(results.size()));
    }
    results = fairness::wanted_results(context.sets, options_.count, results);
    resumable([&] { measure(model, text, encoder.get(), context, results, findings); });
    times.end("measure");
    resumable([&] { examine_all(scorers, context, results, findings, times); });
    const fairness::Judgement judgement =
        fairness::judge_audit(findings, context.gates, context.options.verdict);
    write(directory.path(), context, findings, judgement, results);
    times.end("report");
    journal.write_end(directory.path(), times.json());
    return judgement.exit_code;
  }

 private:
  void check_options() const {
    model_.validate();
    if (!options_.junit.empty()) require_writable(options_.junit);
    if (output_.output.empty()) throw ConfigError("--output: expected a directory to write");
    if (output_.overwrite && output_.resume)
      throw ConfigError("--resume: expected either --resume or --overwrite, got both");
    if (!options_.shard.empty() && !options_.merge.empty())
      throw ConfigError("--shard: expected either --shard or --merge, got both");
    if (!(options_.relevance_threshold >= -1 && options_.relevance_threshold <= 1))
      throw ConfigError("--relevance-threshold: expected -1 to 1, got " +
                        nlohmann::json(options_.relevance_threshold).dump());
    if (options_.context != 0 && (options_.context < 2 || options_.context > 1'000'000))
      throw ConfigError("--context: expected 0, or 2 to 1000000, got " +
                        std::to_string(options_.context));
  }

  fairness::AuditContext audit_context() const {
    fairness::AuditContext context;
    fairness::AuditOptions& options = context.options;
    options.count = options_.count;
    options.generate = {options_.max_tokens, options_.batch_size, options_.seed, sampling_};
    options.permutation = {options_.permutations, options_.seed, options_.alpha};
    options.verdict = {options_.alpha, options_.tolerance};
    options.shard = fairness::parse_shard(options_.shard);
    options.validate();
    context.gates = audit_gates(options_);
    context.sets = audit_template_sets(options_);
    context.command = repeating_line(invocation_);
    return context;
  }

  /// Reads it before any work, and sees whether it has what will be compared.
  void open_baseline(const fairness::AuditContext& context,
                     const std::vector<std::unique_ptr<fairness::Scorer>>& scorers,
                     fairness::AuditFindings& findings) const {
    if (options_.baseline.empty()) return;
    findings.baseline = fairness::read_baseline(options_.baseline);
    for (const fairness::TemplateSet& set : context.sets)
      for (const auto& scorer : scorers)
        fairness::baseline_finding(*findings.baseline, set.attribute, scorer->name(),
                                   fairness::audit_design(set, *scorer, context.options));
  }

  void notice(const std::string& line) const {
    if (!is_quiet()) std::fprintf(stderr, "limbeck: %s\n", line.c_str());
  }

  /// Before anything is produced: tests that no continuations could make reject.
  void tell_what_cannot_be_shown(const fairness::AuditContext& context, int64_t scorers) const {
    const fairness::AuditOptions& options = context.options;
    const int64_t findings = static_cast<int64_t>(context.sets.size()) * scorers;
    const std::string note = fairness::resolution_note(
        options.permutation.permutations, fairness::kParityTests * findings, options.verdict.alpha);
    if (!note.empty()) notice("note:" + note);
    if (options_.baseline.empty()) return;
    std::vector<int64_t> templates;
    for (const fairness::TemplateSet& set : context.sets)
      templates.insert(templates.end(), static_cast<size_t>(scorers),
                       static_cast<int64_t>(set.templates.size()));
    const std::string flips = fairness::sign_flip_note(templates, options.verdict.alpha);
    if (!flips.empty()) notice("note: --baseline: the gate cannot fail: " + flips);
  }

  std::vector<fs::path> input_files() const {
    std::vector<fs::path> files = {model_.model, options_.lexicon, options_.encoder, options_.text,
                                   options_.baseline};
    if (!options_.opinion_words.empty())
      for (const char* name : {"positive-words.txt", "negative-words.txt"})
        files.push_back(fs::path(options_.opinion_words) / name);
    for (const std::string& file : options_.templates) files.emplace_back(file);
    for (const std::string& scorer : options_.scorer)
      if (fairness::is_classifier(scorer)) files.emplace_back(scorer);
    for (const std::string& shard : options_.merge) files.push_back(fs::path(shard) / kWorkList);
    return files;
  }

  nlp::PerplexityOptions windows(const nlp::CausalModel& model) const {
    return nlp::PerplexityOptions{options_.context, 0}.of_model(model.config().max_positions);
  }

  static std::vector<fairness::WordList> word_lists(const fairness::AuditContext& context) {
    std::vector<fairness::WordList> lists;
    for (const fairness::TemplateSet& set : context.sets) {
      fairness::WordList& list = lists.emplace_back(fairness::WordList{set.attribute, {}});
      for (const fairness::AttributeValue& value : set.values) list.words.push_back(value.text);
    }
    return lists;
  }

  /// Before anything is produced: whether the limits can be measured on this text.
  void check_text(const nlp::CausalModel& model, const std::string& text,
                  const fairness::AuditContext& context) const {
    windows(model).validate(model.config().max_positions);
    if (context.gates.needs_sensitive_words())
      context.gates.validate_sensitive_words(
          fairness::has_sensitive_window(model, text, word_lists(context), {windows(model), 0}));
  }

  ProgressMode progress_mode() const {
    return is_quiet() ? ProgressMode::kNever : parse_progress_mode(general().progress);
  }

  std::string remedy() const {
    return "go on with: " + invocation_.line() + (output_.resume ? "" : " --resume");
  }

  void stop_if_asked() const { stop_if_interrupted(remedy()); }

  /// Encoders and classifiers stop between their batches, without knowing how to go on.
  template <class Work>
  void resumable(Work work) const {
    try {
      work();
    } catch (const Interrupted& stop) {
      throw Interrupted("interrupted; " + remedy(), stop.signal());
    }
  }

  /// Of --merge, before anything is written; a resumed run has joined them already.
  std::optional<fairness::WorkResults> read_shards(const std::string& identity,
                                                   const fairness::AuditContext& context) const {
    if (options_.merge.empty()) return {};
    if (output_.resume && fs::exists(fs::path(output_.output) / kWorkList)) return {};
    std::vector<fs::path> lists;
    for (const std::string& shard : options_.merge) lists.push_back(fs::path(shard) / kWorkList);
    return fairness::merged_results(
        lists, fairness::work_settings(identity, context.sets, context.options), context.sets,
        options_.count);
  }

  fairness::WorkResults produce(const nlp::CausalModel& model, const std::string& identity,
                                const fairness::AuditContext& context, const fs::path& directory) {
    std::unique_ptr<Progress> progress;
    auto results = fairness::produce_continuations(
        model, identity, context.sets, context.options, directory / kWorkList,
        [&](int64_t done, int64_t total) {
          if (!progress)
            progress = std::make_unique<Progress>("audit, continuations", total, progress_mode());
          progress->update(done);
          stop_if_asked();
        });
    if (progress) progress->finish();
    return results;
  }

  /// Of the values that users wrote themselves: before half an hour goes into them.
  void tell_of_values(const nlp::CausalModel& model, const fairness::AuditContext& context) const {
    if (options_.templates.empty()) return;
    constexpr size_t kMostTold = 5;
    for (const fairness::TemplateSet& set : context.sets) {
      const std::vector<std::string> notes =
          fairness::lint_all(set, context.sets, model.tokenizer());
      for (size_t i = 0; i < std::min(notes.size(), kMostTold); ++i)
        notice("note: " + set.attribute + ": " + notes[i]);
      if (notes.size() > kMostTold)
        notice("note: " + set.attribute + ": " + std::to_string(notes.size() - kMostTold) +
               " notes more in the report");
    }
  }

  void measure(const nlp::CausalModel& model, const std::string& text,
               const nlp::SentenceEncoder* encoder, const fairness::AuditContext& context,
               const fairness::WorkResults& results, fairness::AuditFindings& findings) const {
    for (const fairness::TemplateSet& set : context.sets) {
      fairness::AttributeMeasures measures{
          set.attribute,
          fairness::mention_share(set, results),
          {},
          fairness::lint_all(set, context.sets, model.tokenizer())};
      if (encoder != nullptr)
        measures.relevance =
            fairness::attribute_relevance(set, results, *encoder, options_.relevance_threshold);
      findings.measures.push_back(std::move(measures));
      stop_if_asked();
    }
    if (text.empty()) return;
    std::unique_ptr<Progress> progress;
    findings.perplexity = fairness::text_perplexity(
        model, text, word_lists(context), {windows(model), 0}, [&](int64_t done, int64_t total) {
          if (!progress)
            progress =
                std::make_unique<Progress>("audit, perplexity, tokens", total, progress_mode());
          progress->update(done);
          stop_if_asked();
        });
    if (progress) progress->finish();
  }

  void examine_all(const std::vector<std::unique_ptr<fairness::Scorer>>& scorers,
                   const fairness::AuditContext& context, const fairness::WorkResults& results,
                   fairness::AuditFindings& findings, PartTimes& times) const {
    std::vector<fairness::ScoreTable> tables;
    std::vector<double> biases;
    Progress progress("audit, score tables",
                      static_cast<int64_t>(context.sets.size() * scorers.size()), progress_mode());
    for (const fairness::TemplateSet& set : context.sets)
      for (const auto& scorer : scorers) {
        tables.push_back(fairness::score_continuations(set, results, options_.count, *scorer));
        biases.push_back(fairness::scorer_bias(set, results, *scorer));
        progress.update(static_cast<int64_t>(tables.size()));
        stop_if_asked();
      }
    progress.finish();
    times.end("score");
    size_t at = 0;
    for (const fairness::TemplateSet& set : context.sets)
      for (const auto& scorer : scorers) {
        findings.findings.push_back(fairness::examine(set, std::move(tables[at]), *scorer,
                                                      context.options, [&] { stop_if_asked(); }));
        findings.findings.back().scorer_bias = biases[at++];
        if (findings.baseline)
          findings.regressions.push_back(
              fairness::compare_with_baseline(findings.findings.back(), *findings.baseline,
                                              context.options.verdict, options_.seed));
      }
    fairness::judge_findings(findings.findings, context.options.verdict);
    fairness::judge_regressions(findings.regressions, context.options.verdict);
    times.end("statistics");
  }

  void write(const fs::path& directory, const fairness::AuditContext& context,
             const fairness::AuditFindings& findings, const fairness::Judgement& judgement,
             const fairness::WorkResults& results) const {
    fairness::write_continuations_csv(directory / "continuations.csv", context, findings, results);
    const nlp::Report report = fairness::audit_report(context, findings, judgement, results);
    nlp::write_report(directory, report);
    if (!options_.junit.empty()) fairness::write_junit(options_.junit, report.title, judgement);
    print(report, findings, judgement);
  }

  int print_shard(const fairness::Shard& shard, int64_t continuations) const {
    if (is_json())
      print_result(nlohmann::ordered_json{
                       {"shard", std::to_string(shard.index) + "/" + std::to_string(shard.count)},
                       {"continuations", continuations}}
                       .dump() +
                   "\n");
    else if (!is_quiet())
      print_result("shard " + std::to_string(shard.index) + "/" + std::to_string(shard.count) +
                   ": " + std::to_string(continuations) + " continuations in " + output_.output +
                   "/" + kWorkList + "\n");
    return kDone;
  }

  void print(const nlp::Report& report, const fairness::AuditFindings& findings,
             const fairness::Judgement& judgement) const {
    if (is_quiet()) return;
    if (is_json()) return print_result(report.results.dump() + "\n");
    std::string text;
    char line[256];
    for (const fairness::AttributeFinding& finding : findings.findings) {
      const fairness::Evidence& e = finding.evidence;
      std::snprintf(line, sizeof line,
                    "%s, %s: I.F. %.4f, without effect %.4f, corrected %.4f [%.4f, %.4f], p %.4f "
                    "(Holm %.4f); G.F. corrected %.4f; %s\n",
                    finding.attribute.c_str(), finding.scorer.c_str(), e.individual.observed,
                    e.individual.null_mean, e.individual.corrected(), e.interval.low,
                    e.interval.high, e.individual.p_value, e.individual_p.holm, e.group.corrected(),
                    fairness::verdict_text(judgement.verdict_of(finding)));
      text += line;
    }
    for (const fairness::Gate& gate : judgement.gates)
      if (gate.verdict != fairness::Verdict::kPass)
        text += std::string(fairness::verdict_text(gate.verdict)) + ": " +
                (gate.attribute.empty() ? "" : gate.attribute + ", ") + gate.name + ": " +
                gate.text + "\n";
    print_result(text + "report: " + output_.output + "/report.html\n");
  }

  LanguageModelOptions model_;
  AuditCommandOptions options_;
  nlp::SamplingOptions sampling_;
  OutputDirectoryOptions output_;
  Invocation invocation_;
};

}  // namespace

std::unique_ptr<Command> make_audit() { return std::make_unique<AuditCommand>(); }

}  // namespace limbeck::tools
