#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fairness/debias_options.h"
#include "fairness/statistics/verdict.h"
#include "nlp/core/run_context.h"

namespace limbeck::fairness {

/// One attribute of the audit of one model.
struct DebiasAudit {
  std::string variant, attribute;
  Evidence evidence;
  double mention_share = 0;  ///< S.S.^c
};

/// Result of one run, or of the model as it was ("before", no seed, no step).
struct DebiasRun {
  std::string variant;  ///< "before", "control", "lambda-10"
  double lambda = 0;
  uint64_t seed = 0;
  int64_t steps = 0;
  std::map<std::string, double> metrics;  ///< of DebiasTask::evaluate()
};

/// The sentiment head; `examples` is 0 when none was needed.
struct SentimentHeadFacts {
  std::string source;
  int64_t examples = 0, held_out = 0;
  double accuracy = 0, majority = 0;
};

/// What a finished debiasing is described by.
struct DebiasSummary {
  DebiasOptions options;
  nlohmann::ordered_json training;  ///< options of the trainer
  std::string model, model_hash, text_hash;
  int64_t lines = 0, windows_read = 0, train_windows = 0, held_out_windows = 0, pairs = 0;
  int64_t template_lines = 0, parameters = 0, trained_parameters = 0;
  SentimentHeadFacts head;
  std::vector<DebiasRun> runs;      ///< the first is "before"
  std::vector<DebiasAudit> audits;  ///< empty: none was made
};

/// Mean and sample deviation of a metric over the seeds of a variant.
struct DebiasScore {
  std::string variant;
  int64_t runs = 0;
  double mean = 0, deviation = 0;  ///< deviation is 0 for one run
};

/// In the order of first appearance.
std::vector<DebiasScore> debias_scores(const DebiasSummary& summary, const std::string& metric);

/// "before", "control: more steps, weight 0", "weight 10".
std::string variant_title(const DebiasRun& run);

nlohmann::ordered_json debias_results(const DebiasSummary& summary);

/// Writes report.json, report.html and README.md.
void write_debias_report(const std::filesystem::path& directory, const DebiasSummary& summary,
                         const RunContext& context);

}  // namespace limbeck::fairness
