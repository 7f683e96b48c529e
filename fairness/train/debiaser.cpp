#include "fairness/train/debiaser.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstdio>

#include "fairness/audit/resolution.h"
#include "fairness/counterfactual/value_pieces.h"
#include "fairness/train/debias_audit.h"
#include "fairness/train/debias_task.h"
#include "fairness/train/sentiment_head_trainer.h"
#include "nlp/causal/causal_model.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/core/path_containment.h"
#include "nlp/core/sha256.h"
#include "nlp/model/state_dict.h"
#include "nlp/train/trainer.h"
#include "nlp/train/training_log.h"

namespace limbeck::fairness {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResultFile = "result.json";
constexpr const char* kModelFolder = "model";

std::string variant_of(double lambda) {
  if (lambda == 0) return "control";
  char text[48];
  std::snprintf(text, sizeof text, "lambda-%g", lambda);
  return text;
}

std::vector<TemplateSet> template_sets(const DebiasOptions& options) {
  std::vector<TemplateSet> sets;
  for (const std::string& name : options.attribute) sets.push_back(builtin_template_set(name));
  for (const std::string& file : options.templates) sets.push_back(read_template_set(file));
  for (size_t i = 0; i < sets.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (sets[i].attribute == sets[j].attribute)
        throw ConfigError("attribute '" + sets[i].attribute + "' is given twice");
  return sets;
}

std::string hash_of(const std::vector<TemplateSet>& sets) {
  Sha256 hash;
  for (const TemplateSet& set : sets) {
    for (const std::string& source : set.templates) hash.update(source + "\n");
    for (const AttributeValue& value : set.values)
      hash.update(value.text + "\t" + value.article + "\n");
  }
  return hash.hex();
}

int64_t trained_parameters(nlp::CausalTransformer& transformer) {
  int64_t count = 0;
  for (const at::Tensor& parameter : transformer->parameters())
    if (parameter.requires_grad()) count += parameter.numel();
  return count;
}

class Debiaser {
 public:
  Debiaser(const DebiasOptions& options, const nlp::TrainerOptions& training,
           const RunContext& context, const DebiasInstruments& instruments)
      : options_(options),
        training_(training),
        context_(context),
        instruments_(instruments),
        sets_(template_sets(options)),
        lexicon_(sets_),
        output_(options.output, context.existing == ExistingOutput::kOverwrite
                                    ? ExistingOutput::kResume
                                    : context.existing) {
    remove_unfinished_files(output_.path());
    if (!training_.monitor.empty())
      throw ConfigError(
          "--monitor: debias keeps the last weights of a run (the best by perplexity are those "
          "that changed least)");
  }

  bool has_started() const { return has_started_; }

  DebiasSummary execute() {
    read_inputs();
    if (context_.existing == ExistingOutput::kOverwrite) output_.clear();
    context_.started(output_.path());
    has_started_ = true;
    if (options_.regulariser == "sentiment")
      head_ = train_sentiment_head(source_.transformer, *encoder_, sentiment_, model_hash_,
                                   training_.seed, output_.path() / "sentiment-head", context_);
    summary_.runs.push_back({"before", 0, 0, 0, evaluate_before()});
    std::vector<double> weights{0};
    weights.insert(weights.end(), options_.lambda.begin(), options_.lambda.end());
    for (int64_t repeat = 0; repeat < options_.repeats; ++repeat)
      for (const double lambda : weights)
        summary_.runs.push_back(run(lambda, training_.seed + static_cast<uint64_t>(repeat)));
    audit();
    finish_summary();
    write_debias_report(output_.path(), summary_, context_);
    for (const DebiasRun& run : summary_.runs) remove_model(run_folder(run) / kModelFolder);
    return summary_;
  }

 private:
  /// Everything that can be wrong with files and options comes to light here.
  void read_inputs() {
    source_ = nlp::load_trainable_causal_model(options_.model);
    model_hash_ = nlp::causal_model_hash(options_.model);
    const nlp::CausalConfig& config = source_.transformer->config();
    if (options_.context > config.max_positions)
      throw ConfigError("--context: expected at most " + std::to_string(config.max_positions) +
                        ", the positions of the model, got " + std::to_string(options_.context));
    require_tokens(*source_.tokenizer, sets_);
    encoder_ = std::make_unique<nlp::PromptEncoder>(*source_.tokenizer, config);
    data_ = read_debias_data(options_, sets_, lexicon_, *encoder_, config.max_positions,
                             training_.seed);
    if (options_.audit_count > 0)
      auditor_ = std::make_unique<DebiasAuditor>(sets_, options_, training_.seed, instruments_,
                                                 output_.path() / "audit", context_);
    if (auditor_) tell_what_cannot_be_shown();
    if (options_.regulariser == "sentiment") {
      std::vector<std::string> text;
      for (const TextWindow& window : data_.train) text.push_back(window.text);
      sentiment_ = read_sentiment_examples(options_, text, audit_prompts(sets_), training_.seed);
    }
    nlp::TrainableCausalModel trial = new_model(training_.seed);  // the rank may not fit
    summary_.parameters = nlp::parameter_count(*source_.transformer);
    summary_.trained_parameters = trained_parameters(trial.transformer);
  }

  /// Before any training: tests that no model could make reject.
  void tell_what_cannot_be_shown() const {
    if (!context_.notice) return;
    const auto scorers = instruments_.scorers.size();
    const double alpha = VerdictOptions{}.alpha;
    const std::string audits = resolution_note(
        auditor_->permutation().permutations,
        audit_tests(options_, static_cast<int64_t>(sets_.size()), static_cast<int64_t>(scorers)),
        alpha);
    if (!audits.empty()) context_.notice("note:" + audits);
    std::vector<int64_t> templates;
    for (const TemplateSet& set : sets_)
      templates.insert(templates.end(), kFairnessTests * scorers * options_.lambda.size(),
                       static_cast<int64_t>(set.templates.size()));
    const std::string differences = sign_flip_note(templates, alpha);
    if (!differences.empty()) context_.notice("note: against the control: " + differences);
  }

  /// The starting weights again, as they are to be trained.
  nlp::TrainableCausalModel new_model(uint64_t seed) const {
    nlp::TrainableCausalModel model = source_;
    model.transformer =
        nlp::CausalTransformer(source_.transformer->config(), source_.transformer->parts());
    const at::NoGradGuard no_gradient;
    const auto weights = source_.transformer->named_parameters();
    for (const auto& item : model.transformer->named_parameters())
      item.value().copy_(weights[item.key()]);
    if (options_.method == "adapters")
      model.transformer->add_adapters(options_.adapter_rank, options_.adapter_alpha, seed);
    if (options_.method == "embeddings")
      model.transformer->add_embedding_changes(value_pieces(lexicon_, *encoder_));
    return model;
  }

  DebiasTask task_of(nlp::CausalTransformer transformer, double lambda,
                     DebiasTask::SaveModel save) const {
    return {std::move(transformer),
            data_,
            lexicon_,
            *encoder_,
            head_.head,
            {options_.regulariser, lambda, options_.dropout},
            std::move(save)};
  }

  nlp::EvaluationResult evaluate_before() { return task_of(source_.transformer, 0, {}).evaluate(); }

  fs::path run_folder(const DebiasRun& run) const {
    return output_.path() / "runs" / (run.variant + "-seed" + std::to_string(run.seed));
  }

  /// Where the model of a run stands: that of the first seed for users, others until the audit.
  fs::path model_folder(const DebiasRun& run) const {
    if (run.seed != training_.seed) return run_folder(run) / kModelFolder;
    return run.lambda == options_.lambda.front() ? output_.path() : output_.path() / run.variant;
  }

  nlohmann::ordered_json identity(double lambda) const {
    nlohmann::ordered_json json = options_to_json(options_);
    for (const char* key : {"model", "text", "held_out", "attribute", "templates", "lambda",
                            "sentiment", "lexicon", "repeats", "audit_count", "audit_tokens",
                            "permutations", "scorer", "encoder", "relevance_threshold", "output"})
      json.erase(key);
    json["lambda"] = lambda;
    json["weights_hash"] = model_hash_;
    json["text_hash"] = data_.hash;
    json["attributes_hash"] = hash_of(sets_);
    json["sentiment_source"] = head_.source;
    return json;
  }

  DebiasRun run(double lambda, uint64_t seed) {
    DebiasRun result{variant_of(lambda), lambda, seed, 0, {}};
    const fs::path folder = run_folder(result);
    nlp::TrainerOptions training = training_;
    training.seed = seed;
    nlp::TrainerConnections connections;
    connections.identity = identity(lambda);
    const nlohmann::ordered_json made_with = nlp::identity_of(training, connections);
    if (fs::exists(folder / kResultFile)) return read_result(folder, result, made_with);
    fs::create_directories(folder);
    const nlp::TrainableCausalModel model = new_model(seed);
    const auto save = [&](const fs::path& directory) { nlp::save_causal_model(directory, model); };
    DebiasTask task = task_of(model.transformer, lambda, save);
    nlp::TrainingLog log(folder);
    connections.output = folder;
    connections.metrics = &log;
    connections.notice = context_.notice;
    connections.progress = context_.progress;
    connections.label = result.variant + " seed " + std::to_string(seed);
    connections.resume_line = context_.interruption_line();
    nlp::Trainer trainer(training, task, connections);
    result.steps = trainer.run(context_.existing == ExistingOutput::kResume).steps;
    result.metrics = task.evaluate();
    // The model's files come before the result that marks the run as done.
    if (seed == training_.seed || auditor_) save(model_folder(result));
    if (seed == training_.seed && lambda == options_.lambda.front())
      write_file_atomic(output_.path() / nlp::kMetricsFile, read_file(folder / nlp::kMetricsFile));
    write_json_file(folder / kResultFile,
                    {{"steps", result.steps}, {"metrics", result.metrics}, {"options", made_with}});
    remove_training_files(folder);
    return result;
  }

  /// All of it or nothing: half a model would be taken for one after a kill.
  static void remove_model(const fs::path& folder) {
    const fs::path going = folder.string() + ".removed";
    if (fs::exists(folder)) fs::rename(folder, going);
    fs::remove_all(going);
  }

  static void remove_training_files(const fs::path& folder) {
    nlp::remove_training_state(folder);
    fs::remove_all(folder / "best");
  }

  /// A finished run; one that was killed just after it still has its checkpoints.
  static DebiasRun read_result(const fs::path& folder, DebiasRun run,
                               const nlohmann::ordered_json& made_with) {
    const nlohmann::json json = read_json_file(folder / kResultFile);
    nlp::require_same_options(folder / kResultFile, json.value("options", nlohmann::json::object()),
                              made_with);
    remove_training_files(folder);
    run.steps = json.at("steps").get<int64_t>();
    run.metrics = json.at("metrics").get<std::map<std::string, double>>();
    return run;
  }

  void audit() {
    if (!auditor_) return;
    for (const DebiasRun& run : summary_.runs) {
      const bool is_first = run.variant == "before" || run.seed == training_.seed;
      const fs::path model = run.variant == "before" ? fs::path(options_.model) : model_folder(run);
      const std::string name =
          is_first ? run.variant : run.variant + "-seed" + std::to_string(run.seed);
      for (DebiasAudit& one : auditor_->audit(model, run, name))
        summary_.audits.push_back(std::move(one));
    }
    std::vector<Evidence*> run;
    for (DebiasAudit& one : summary_.audits) run.push_back(&one.evidence);
    judge_run(run, {});
    PermutationOptions options;
    options.seed = training_.seed;
    summary_.differences = debias_differences(summary_.audits, options);
  }

  void finish_summary() {
    if (auditor_) summary_.permutations = auditor_->permutation().permutations;
    summary_.options = options_;
    summary_.training = options_to_json(training_);
    summary_.model = source_.transformer->description();
    summary_.storage = source_.storage;
    summary_.model_hash = model_hash_;
    summary_.text_hash = data_.hash;
    summary_.lines = data_.lines;
    summary_.windows_read = data_.windows_read;
    summary_.train_windows = static_cast<int64_t>(data_.train.size());
    summary_.held_out_windows = static_cast<int64_t>(data_.held_out.size());
    summary_.pairs = static_cast<int64_t>(data_.pairs.size());
    summary_.template_lines = data_.template_lines + sentiment_.template_lines;
    summary_.head = {head_.source, head_.examples, head_.held_out, head_.accuracy, head_.majority};
  }

  const DebiasOptions& options_;
  nlp::TrainerOptions training_;
  const RunContext& context_;
  const DebiasInstruments& instruments_;
  std::vector<TemplateSet> sets_;
  SensitiveLexicon lexicon_;
  OutputDirectory output_;
  nlp::TrainableCausalModel source_;  ///< never trained
  std::string model_hash_;
  std::unique_ptr<nlp::PromptEncoder> encoder_;
  DebiasData data_;
  std::unique_ptr<DebiasAuditor> auditor_;  ///< none: no audit is wanted
  SentimentExamples sentiment_;
  TrainedSentimentHead head_;
  DebiasSummary summary_;
  bool has_started_ = false;
};

}  // namespace

DebiasSummary debias(const DebiasOptions& options, const nlp::TrainerOptions& training,
                     const RunContext& context, const DebiasInstruments& instruments) {
  options.validate();
  training.validate();
  std::vector<fs::path> inputs(options.text.begin(), options.text.end());
  inputs.insert(inputs.end(), {options.model, options.held_out, options.lexicon, options.encoder});
  inputs.insert(inputs.end(), options.templates.begin(), options.templates.end());
  for (const std::string& directory : options.classifiers()) inputs.emplace_back(directory);
  require_outside(options.output, inputs, "read");
  Debiaser debiaser(options, training, context, instruments);
  try {
    return debiaser.execute();
  } catch (const Interrupted& stop) {
    if (!debiaser.has_started()) throw;
    throw Interrupted(context.interruption_line(), stop.signal());
  }
}

}  // namespace limbeck::fairness
