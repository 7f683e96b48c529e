#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nlp/core/output_directory.h"
#include "nlp/core/progress.h"
#include "nlp/train/metrics_sink.h"
#include "nlp/train/trainer_options.h"
#include "verify/options/certified_training_options.h"

namespace limbeck::verify {

/// What a program tells a run about its surroundings; nothing in it changes a result.
struct CertifiedTrainingContext {
  ExistingOutput existing = ExistingOutput::kRefuse;
  ProgressMode progress = ProgressMode::kNever;
  std::string command;      ///< what repeats the run, for the report and the model card
  std::string resume_line;  ///< what to run after an interruption
  std::function<void(const std::string&)> notice;  ///< one-line remarks; empty = none
  /// Called when the output directory is locked and the inputs are read; empty = none.
  std::function<void(const std::filesystem::path&)> on_start;
  /// Where the learning curve of a run in this directory goes; empty: metrics.jsonl alone.
  std::function<std::unique_ptr<nlp::MetricsSink>(const std::filesystem::path&)> open_log;
};

/// How a training for certification came out.
struct CertifiedTrainingSummary {
  CertifiedTrainingOptions options;
  nlohmann::ordered_json training;
  int64_t train_sentences = 0, dev_sentences = 0, words = 0, classes = 0;
  int64_t steps = 0, best_step = 0;
  double accuracy = 0;            ///< of the dev sentences as they stand
  std::vector<double> certified;  ///< share that is proved for 1, 2, ..., budget replaced words
};

/// Trains, keeps the evaluation that is best by `monitor` ("certified" unless it is set), and
/// certifies the dev sentences in double by CROWN-IBP for every budget up to the one trained for.
/// Writes the model (config.json, model.safetensors, vocab.txt), README.md, metrics.jsonl,
/// result.json, report.json and report.html; `limbeck certify` reads the directory.
///
/// Law: a run that is killed and resumed ends with the same bits as one that is not.
/// Throws: ConfigError, DataError, Interrupted (state saved; the same options with kResume go on).
CertifiedTrainingSummary train_certified(const CertifiedTrainingOptions& options,
                                         const nlp::TrainerOptions& training,
                                         const CertifiedTrainingContext& context);

/// What programs read of it.
nlohmann::ordered_json certified_training_results(const CertifiedTrainingSummary& summary);

}  // namespace limbeck::verify
