#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fairness/debias_options.h"
#include "fairness/metric/relevance.h"
#include "fairness/statistics/paired_difference.h"
#include "nlp/core/run_context.h"

namespace limbeck::fairness {

/// One attribute of the audit of the model of one run, by one scorer.
struct DebiasAudit {
  std::string variant, attribute, scorer;
  uint64_t seed = 0;
  Evidence evidence;
  double mention_share = 0;            ///< S.S.^c
  std::optional<Relevance> relevance;  ///< S.S., where there is an encoder
  ScoreTable table;
};

/// How far the audits of a weight are from those of its control, over all seeds.
struct DebiasDifference {
  std::string variant, attribute, scorer;
  PairedDifference individual, group;
};

/// Means over the seeds of one variant, attribute and scorer.
struct DebiasAuditMean {
  std::string variant, attribute, scorer;
  int64_t runs = 0;
  double individual = 0, individual_deviation = 0;  ///< corrected I.F.; deviation 0 for one run
  double group = 0;                                 ///< corrected G.F.
  double individual_raw = 0, individual_null = 0, group_raw = 0, group_null = 0;
  double mention_share = 0;
  std::optional<double> relevance;
  /// I.F. less that of the control, in shares of it: -0.4 is 40 % fairer. None where the control
  /// has no distance to lose.
  std::optional<double> change;
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
  std::string storage;  ///< how the file keeps the starting weights, "Q4_1"
  int64_t lines = 0, windows_read = 0, train_windows = 0, held_out_windows = 0, pairs = 0;
  int64_t template_lines = 0, parameters = 0, trained_parameters = 0;
  SentimentHeadFacts head;
  std::vector<DebiasRun> runs;                ///< the first is "before"
  std::vector<DebiasAudit> audits;            ///< empty: none was made
  int64_t permutations = 0;                   ///< drawn by each of their tests
  std::vector<DebiasDifference> differences;  ///< of debias_differences()
};

/// Mean and sample deviation of a metric over the seeds of a variant.
struct DebiasScore {
  std::string variant;
  int64_t runs = 0;
  double mean = 0, deviation = 0;  ///< deviation is 0 for one run
};

/// In the order of first appearance.
std::vector<DebiasScore> debias_scores(const DebiasSummary& summary, const std::string& metric);

/// Attribute by attribute, scorer by scorer, variants in the order of first appearance.
std::vector<DebiasAuditMean> debias_audit_means(const DebiasSummary& summary);

/// Every weight, attribute and scorer against the control of the same seeds, p-values adjusted for
/// each other.
std::vector<DebiasDifference> debias_differences(const std::vector<DebiasAudit>& audits,
                                                 const PermutationOptions& options);

/// What the evidence says of group fairness, at the tolerance that its own verdict goes by.
Verdict group_verdict(const Evidence& evidence);

/// The first run of a variant. Law: it is there.
const DebiasRun& first_run(const DebiasSummary& summary, const std::string& variant);

/// "F32", or "Q4_1, dequantised to float32 for training".
std::string starting_weights(const DebiasSummary& summary);

/// "before", "control: more steps, weight 0", "weight 10".
std::string variant_title(const DebiasRun& run);

nlohmann::ordered_json debias_results(const DebiasSummary& summary);

/// Writes report.json, report.html and README.md.
void write_debias_report(const std::filesystem::path& directory, const DebiasSummary& summary,
                         const RunContext& context);

}  // namespace limbeck::fairness
