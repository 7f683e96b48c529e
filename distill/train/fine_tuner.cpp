#include "distill/train/fine_tuner.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <fstream>

#include "distill/teacher/teacher_cache.h"
#include "distill/train/fine_tune_task.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/core/path_containment.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/sha256.h"
#include "nlp/encode/bert_config.h"
#include "nlp/train/checkpoint.h"
#include "nlp/train/trainer.h"
#include "nlp/train/training_log.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResultFile = "result.json";
constexpr int64_t kStudentPairHead = 256;

/// A random part, in the order of the file: files are often sorted by source or label.
void keep_some(std::vector<data::Example>& examples, int64_t limit, uint64_t seed) {
  const auto count = static_cast<int64_t>(examples.size());
  if (limit == 0 || count <= limit) return;
  std::vector<int64_t> kept = RandomStream(seed, "limit").permutation(count);
  kept.resize(static_cast<size_t>(limit));
  std::ranges::sort(kept);
  std::vector<data::Example> some;
  for (const int64_t i : kept) some.push_back(std::move(examples[static_cast<size_t>(i)]));
  examples = std::move(some);
}

LabelledData load_data(const FineTuneOptions& options, uint64_t seed) {
  LabelledData data;
  if (options.task.empty()) {
    data::CustomTask custom = data::load_tsv_task(options.train, options.dev);
    data = {std::move(custom.task), std::move(custom.train), std::move(custom.dev)};
  } else {
    data.task = data::find_task(options.task);
    data.train = data::load_task(options.task, options.glue_dir, data::Split::kTrain);
    data.dev = data::load_task(options.task, options.glue_dir, data::Split::kDev);
  }
  keep_some(data.train, options.limit, seed);
  if (data.train.empty() || data.dev.empty())
    throw DataError("--task: expected training and dev examples, got " +
                    std::to_string(data.train.size()) + " and " + std::to_string(data.dev.size()));
  return data;
}

nlp::HeadConfig head_of(const FineTuneOptions& options, const data::Task& task,
                        nlp::ModelKind kind) {
  nlp::HeadConfig head;
  head.task = task.name;
  head.pair = task.is_pair;
  head.regression = task.kind == data::TaskKind::kRegression;
  head.labels = task.labels;
  head.hidden_width = options.head_width;
  if (head.hidden_width == 0 && task.is_pair && kind == nlp::ModelKind::kBiLstm)
    head.hidden_width = kStudentPairHead;
  return head;
}

std::string description_of(const fs::path& directory, nlp::ModelKind kind) {
  if (kind == nlp::ModelKind::kBert) {
    const nlp::BertConfig config = nlp::read_bert_config(directory);
    return "BERT, " + std::to_string(config.layers) + " layers x " +
           std::to_string(config.hidden_size);
  }
  const nlp::BiLstmConfig config = nlp::read_bilstm_config(directory);
  return "BiLSTM, " + std::to_string(config.layers) + " layer(s) x " +
         std::to_string(config.hidden_width);
}

/// Hash of all examples: a resumed run must learn from the same ones.
std::string hash_of(const LabelledData& data) {
  Sha256 hash;
  for (const auto* part : {&data.train, &data.dev})
    for (const data::Example& example : *part)
      hash.update(example.text + "\t" + example.pair.value_or("") + "\t" +
                  std::to_string(example.label) + "\t" + std::to_string(example.score) + "\n");
  return hash.hex();
}

class FineTuner {
 public:
  FineTuner(const FineTuneOptions& options, const nlp::TrainerOptions& training,
            const RunContext& context)
      : options_(options),
        training_(training),
        context_(context),
        kind_(nlp::model_kind(options.model)),
        data_(load_data(options, training.seed)),
        output_(options.output, context.existing == ExistingOutput::kOverwrite
                                    ? ExistingOutput::kResume
                                    : context.existing) {
    remove_unfinished_files(output_.path());
    if (training_.monitor.empty()) training_.monitor = data_.task.metrics.front();
    require_known_monitor();
    if (options_.control) variants_.emplace_back("control", StartingPoint::kRandom);
    if (options_.control_initial)
      variants_.emplace(variants_.begin() + 1, "control-initial", StartingPoint::kInitial);
  }

  FineTuneSummary execute() {
    // All that can be wrong with a starting point comes to light before the old output goes and
    // before hours of training.
    for (const auto& [name, start] : variants_) make_model(start, training_.seed);
    if (context_.existing == ExistingOutput::kOverwrite) output_.clear();
    context_.started(output_.path());
    FineTuneSummary summary;
    summary.options = options_;
    summary.training = options_to_json(training_);
    summary.task = data_.task.name;
    summary.metric = training_.monitor;
    summary.model = description_of(options_.model, kind_);
    summary.is_student = kind_ == nlp::ModelKind::kBiLstm;
    summary.train_examples = static_cast<int64_t>(data_.train.size());
    summary.dev_examples = static_cast<int64_t>(data_.dev.size());
    for (int64_t repeat = 0; repeat < options_.repeats; ++repeat)
      for (const auto& [name, start] : variants_)
        summary.runs.push_back(
            run_or_say_how_to_go_on(name, start, training_.seed + static_cast<uint64_t>(repeat)));
    write_finetune_report(output_.path(), summary, context_);
    return summary;
  }

 private:
  void require_known_monitor() const {
    std::vector<std::string> known = data_.task.metrics;
    known.emplace_back("dev_loss");
    if (std::ranges::find(known, training_.monitor) != known.end()) return;
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    throw ConfigError("--monitor: expected one of " + list + ", got '" + training_.monitor + "'");
  }

  fs::path folder_of(const std::string& variant, uint64_t seed) const {
    return output_.path() / "runs" / (variant + "-seed" + std::to_string(seed));
  }

  FineTuneRun run_or_say_how_to_go_on(const std::string& variant, StartingPoint start,
                                      uint64_t seed) {
    try {
      return run(variant, start, seed);
    } catch (const Interrupted& stop) {
      throw Interrupted(context_.interruption_line(), stop.signal());
    }
  }

  FineTuneRun run(const std::string& variant, StartingPoint start, uint64_t seed) {
    const fs::path folder = folder_of(variant, seed);
    nlp::TrainerOptions training = training_;
    training.seed = seed;
    nlp::TrainerConnections connections;
    connections.identity = identity();
    const nlohmann::ordered_json made_with = nlp::identity_of(training, connections);
    if (fs::exists(folder / kResultFile)) return read_result(folder, variant, seed, made_with);
    fs::create_directories(folder);
    const std::unique_ptr<FeatureModel> model = make_model(start, seed);
    FineTuneTask task(*model, data_, options_.dropout);
    nlp::TrainingLog log(folder);
    connections.output = folder;
    connections.metrics = &log;
    connections.notice = context_.notice;
    connections.progress = context_.progress;
    connections.label = variant + " seed " + std::to_string(seed);
    connections.resume_line = context_.interruption_line();
    nlp::Trainer trainer(training, task, connections);
    const nlp::TrainingResult trained = trainer.run(context_.existing == ExistingOutput::kResume);
    FineTuneRun result{variant, seed, trained.steps, trained.best_step, task.evaluate(), {}};
    result.last = last_evaluation(folder, result.best);
    // The first run's model is the product; its files come before the result that marks the run as
    // done.
    if (variant == "model" && seed == training_.seed) {
      model->save(output_.path());
      write_file_atomic(output_.path() / nlp::kMetricsFile, read_file(folder / nlp::kMetricsFile));
    } else if (seed == training_.seed) {
      model->save(output_.path() / variant);
    }
    write_json_file(folder / kResultFile, {{"steps", result.steps},
                                           {"best_step", result.best_step},
                                           {"best", result.best},
                                           {"last", result.last},
                                           {"options", made_with}});
    remove_training_files(folder);
    return result;
  }

  std::unique_ptr<FeatureModel> make_model(StartingPoint start, uint64_t seed) const {
    const nlp::HeadConfig head = head_of(options_, data_.task, kind_);
    return kind_ == nlp::ModelKind::kBert ? make_bert_feature_model(options_, head, start, seed)
                                          : make_student_feature_model(options_, head, start, seed);
  }

  nlohmann::ordered_json identity() const {
    nlohmann::ordered_json json = options_to_json(options_);
    for (const char* key :
         {"model", "glue_dir", "train", "dev", "output", "control", "control_initial", "repeats"})
      json.erase(key);
    json["data_hash"] = hash_of(data_);
    json["weights_hash"] = model_directory_key(options_.model);
    return json;
  }

  static void remove_training_files(const fs::path& folder) {
    nlp::remove_training_state(folder);
    fs::remove_all(folder / "best");
  }

  /// A finished run; one that was killed just after it still has its checkpoints.
  static FineTuneRun read_result(const fs::path& folder, const std::string& variant, uint64_t seed,
                                 const nlohmann::ordered_json& made_with) {
    const nlohmann::json json = read_json_file(folder / kResultFile);
    nlp::require_same_options(folder / kResultFile, json.value("options", nlohmann::json::object()),
                              made_with);
    remove_training_files(folder);
    return {variant,
            seed,
            json.at("steps").get<int64_t>(),
            json.at("best_step").get<int64_t>(),
            json.at("best").get<std::map<std::string, double>>(),
            json.at("last").get<std::map<std::string, double>>()};
  }

  static std::map<std::string, double> last_evaluation(const fs::path& folder,
                                                       const std::map<std::string, double>& best) {
    std::map<std::string, double> last = best;
    std::ifstream rows(folder / nlp::kMetricsFile);
    for (std::string line; std::getline(rows, line);) {
      const nlohmann::json row = parse_json(line, nlp::kMetricsFile);
      if (row.value("event", "") != "eval") continue;
      for (auto& [name, value] : last) value = row.value(name, value);
    }
    return last;
  }

  FineTuneOptions options_;
  nlp::TrainerOptions training_;
  const RunContext& context_;
  nlp::ModelKind kind_;
  LabelledData data_;
  OutputDirectory output_;
  std::vector<std::pair<std::string, StartingPoint>> variants_{{"model", StartingPoint::kModel}};
};

}  // namespace

FineTuneSummary fine_tune(const FineTuneOptions& options, const nlp::TrainerOptions& training,
                          const RunContext& context) {
  options.validate();
  nlp::TrainerOptions with_monitor = training;  // each task has its own where none is named
  if (with_monitor.monitor.empty()) with_monitor.monitor = "dev_loss";
  with_monitor.validate();
  const fs::path examples =
      options.task.empty() ? fs::path() : data::task_folder(options.task, options.glue_dir);
  require_outside(options.output, {options.model, options.train, options.dev, examples}, "read");
  return FineTuner(options, training, context).execute();
}

}  // namespace limbeck::distill
