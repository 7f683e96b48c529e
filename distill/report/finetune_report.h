#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "distill/finetune_options.h"
#include "nlp/core/run_context.h"

namespace limbeck::distill {

/// Result of one run.
struct FineTuneRun {
  std::string variant;  ///< "model", "control", "control-initial"
  uint64_t seed = 0;
  int64_t steps = 0, best_step = 0;
  std::map<std::string, double> best, last;  ///< metrics of the kept and of the last evaluation
};

/// What a finished fine-tuning is described by.
struct FineTuneSummary {
  FineTuneOptions options;
  nlohmann::ordered_json training;
  std::string task, metric;  ///< the deciding metric
  std::string model;         ///< one line on the model
  bool is_student = false;   ///< a control of random weights belongs beside it
  int64_t train_examples = 0, dev_examples = 0;
  std::vector<FineTuneRun> runs;
};

/// Mean and sample deviation of the runs of one variant.
struct VariantScore {
  std::string variant;
  int64_t runs = 0;
  double mean = 0, deviation = 0;  ///< deviation is 0 for one run
};

/// Scores by variant, in the order of first appearance. `of_last` takes the last evaluation instead
/// of the kept one.
std::vector<VariantScore> variant_scores(const FineTuneSummary& summary, const std::string& metric,
                                         bool of_last);

nlohmann::ordered_json finetune_results(const FineTuneSummary& summary);

/// Writes report.json, report.html and README.md.
void write_finetune_report(const std::filesystem::path& directory, const FineTuneSummary& summary,
                           const RunContext& context);

}  // namespace limbeck::distill
