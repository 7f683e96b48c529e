#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fairness/train_lm_options.h"
#include "nlp/core/run_context.h"

namespace limbeck::fairness {

/// The beginning of a held-out line, and how the model goes on from it.
struct TextSample {
  std::string prompt, continuation;
};

/// What a finished training is described by.
struct TrainLmSummary {
  TrainLmOptions options;
  nlohmann::ordered_json training;  ///< options of the trainer
  std::string model;                ///< one line on the model
  std::string corpus_hash;
  int64_t lines = 0, train_tokens = 0, validation_tokens = 0, parameters = 0;
  int64_t steps = 0, best_step = 0;
  bool was_finished = false;              ///< nothing was left to do
  std::map<std::string, double> metrics;  ///< of the kept model
  std::vector<TextSample> samples;
};

nlohmann::ordered_json train_lm_results(const TrainLmSummary& summary);

/// Writes report.json, report.html and README.md from the summary and metrics.jsonl.
void write_train_lm_report(const std::filesystem::path& directory, const TrainLmSummary& summary,
                           const RunContext& context);

}  // namespace limbeck::fairness
