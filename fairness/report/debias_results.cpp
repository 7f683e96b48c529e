#include <algorithm>
#include <cmath>

#include "fairness/audit/resolution.h"
#include "fairness/report/debias_report.h"

namespace limbeck::fairness {
namespace {

nlohmann::ordered_json test_json(const PermutationResult& test, const AdjustedP& adjusted) {
  return {{"raw", test.observed},
          {"null_mean", test.null_mean},
          {"corrected", test.corrected()},
          {"p", test.p_value},
          {"p_holm", adjusted.holm},
          {"p_bh", adjusted.bh},
          {"detectable", test.visible()},
          {"detectable_by_test", test.detectable()},
          {"detectable_by_number", test.hidden}};
}

nlohmann::ordered_json audit_json(const DebiasAudit& audit) {
  nlohmann::ordered_json json = {
      {"variant", audit.variant},
      {"seed", audit.seed},
      {"attribute", audit.attribute},
      {"scorer", audit.scorer},
      {"verdict", verdict_text(audit.evidence.verdict)},
      {"individual_fairness", test_json(audit.evidence.individual, audit.evidence.individual_p)},
      {"interval", {audit.evidence.interval.low, audit.evidence.interval.high}},
      {"no_effect_control", audit.evidence.control},
      {"group_fairness", test_json(audit.evidence.group, audit.evidence.group_p)},
      {"group_verdict", verdict_text(group_verdict(audit.evidence))},
      {"group_interval", {audit.evidence.group_interval.low, audit.evidence.group_interval.high}},
      {"group_no_effect_control", audit.evidence.group_control},
      {"mention_share", audit.mention_share}};
  if (audit.relevance)
    json.update({{"relevance", audit.relevance->share},
                 {"relevance_threshold", audit.relevance->threshold},
                 {"relevance_of_other_prompts", audit.relevance->chance_share},
                 {"mean_cosine", audit.relevance->mean_cosine}});
  return json;
}

nlohmann::ordered_json mean_json(const DebiasSummary& summary, const DebiasAuditMean& mean) {
  const auto metric = [&](const char* name) {
    const std::vector<DebiasScore> scores = debias_scores(summary, name);
    return std::ranges::find(scores, mean.variant, &DebiasScore::variant)->mean;
  };
  nlohmann::ordered_json json = {{"variant", mean.variant},
                                 {"attribute", mean.attribute},
                                 {"scorer", mean.scorer},
                                 {"runs", mean.runs},
                                 {"perplexity", metric("perplexity")},
                                 {"sensitive_perplexity", metric("sensitive_perplexity")},
                                 {"individual_fairness_raw", mean.individual_raw},
                                 {"individual_fairness_null_mean", mean.individual_null},
                                 {"individual_fairness_corrected", mean.individual},
                                 {"individual_fairness_sd", mean.individual_deviation},
                                 {"group_fairness_raw", mean.group_raw},
                                 {"group_fairness_null_mean", mean.group_null},
                                 {"group_fairness_corrected", mean.group},
                                 {"mention_share", mean.mention_share}};
  if (mean.relevance) json["relevance"] = *mean.relevance;
  if (mean.change) json["individual_fairness_change"] = *mean.change;
  return json;
}

nlohmann::ordered_json difference_json(const PairedDifference& one) {
  return {{"difference", one.difference},
          {"interval", {one.interval.low, one.interval.high}},
          {"p", one.p_value},
          {"p_holm", one.adjusted.holm},
          {"p_bh", one.adjusted.bh}};
}

/// Whether two of DebiasAudit, DebiasAuditMean, DebiasDifference measure the same in the same way.
bool measure_the_same(const auto& one, const auto& other) {
  return one.attribute == other.attribute && one.scorer == other.scorer;
}

bool are_of_one_row(const auto& one, const auto& other) {
  return one.variant == other.variant && measure_the_same(one, other);
}

/// The audits like `one` beside those of the control with the same seeds.
std::vector<PairedAudit> pairs_like(const DebiasAudit& one,
                                    const std::vector<DebiasAudit>& audits) {
  std::vector<PairedAudit> pairs;
  for (const DebiasAudit& audit : audits) {
    if (!are_of_one_row(audit, one)) continue;
    for (const DebiasAudit& control : audits)
      if (control.variant == "control" && measure_the_same(control, one) &&
          control.seed == audit.seed)
        pairs.push_back({&audit.table, &audit.evidence, &control.table, &control.evidence});
  }
  return pairs;
}

/// Running mean and sum of squares (Welford).
void add(double value, int64_t count, double& mean, double& squares) {
  const double delta = value - mean;
  mean += delta / static_cast<double>(count);
  squares += delta * (value - mean);
}

double sample_deviation(double squares, int64_t count) {
  return count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : 0.0;
}

DebiasAuditMean audit_mean(const DebiasSummary& summary, const std::string& variant,
                           const std::string& attribute, const std::string& scorer) {
  DebiasAuditMean mean;
  mean.variant = variant;
  mean.attribute = attribute;
  mean.scorer = scorer;
  double unused = 0;
  for (const DebiasAudit& audit : summary.audits) {
    if (!are_of_one_row(audit, mean)) continue;
    const int64_t count = ++mean.runs;
    add(audit.evidence.individual.corrected(), count, mean.individual, mean.individual_deviation);
    add(audit.evidence.group.corrected(), count, mean.group, unused);
    add(audit.evidence.individual.observed, count, mean.individual_raw, unused);
    add(audit.evidence.individual.null_mean, count, mean.individual_null, unused);
    add(audit.evidence.group.observed, count, mean.group_raw, unused);
    add(audit.evidence.group.null_mean, count, mean.group_null, unused);
    add(audit.mention_share, count, mean.mention_share, unused);
    if (!audit.relevance) continue;
    if (!mean.relevance) mean.relevance = 0.0;
    add(audit.relevance->share, count, *mean.relevance, unused);
  }
  mean.individual_deviation = sample_deviation(mean.individual_deviation, mean.runs);
  return mean;
}

}  // namespace

Verdict group_verdict(const Evidence& evidence) {
  return judge(evidence.group, evidence.group_p.holm, evidence.group_interval, {});
}

const DebiasRun& first_run(const DebiasSummary& summary, const std::string& variant) {
  return *std::ranges::find(summary.runs, variant, &DebiasRun::variant);
}

std::string starting_weights(const DebiasSummary& summary) {
  return summary.storage == "F32" ? summary.storage
                                  : summary.storage + ", dequantised to float32 for training";
}

std::vector<DebiasAuditMean> debias_audit_means(const DebiasSummary& summary) {
  std::vector<std::string> attributes, scorers, variants;
  const auto remember = [](std::vector<std::string>& names, const std::string& name) {
    if (std::ranges::count(names, name) == 0) names.push_back(name);
  };
  for (const DebiasAudit& audit : summary.audits) {
    remember(attributes, audit.attribute);
    remember(scorers, audit.scorer);
    remember(variants, audit.variant);
  }
  std::vector<DebiasAuditMean> means;
  for (const std::string& attribute : attributes)
    for (const std::string& scorer : scorers) {
      const double control = audit_mean(summary, "control", attribute, scorer).individual;
      for (const std::string& variant : variants) {
        means.push_back(audit_mean(summary, variant, attribute, scorer));
        if (control > 0) means.back().change = means.back().individual / control - 1;
      }
    }
  return means;
}

std::vector<DebiasDifference> debias_differences(const std::vector<DebiasAudit>& audits,
                                                 const PermutationOptions& options) {
  std::vector<DebiasDifference> all;
  for (const DebiasAudit& audit : audits) {
    const bool is_known = std::ranges::any_of(
        all, [&](const DebiasDifference& one) { return are_of_one_row(one, audit); });
    if (audit.variant == "before" || audit.variant == "control" || is_known) continue;
    const std::vector<PairedAudit> pairs = pairs_like(audit, audits);
    all.push_back({audit.variant, audit.attribute, audit.scorer,
                   individual_difference(pairs, options), group_difference(pairs, options)});
  }
  std::vector<double> p_values;
  for (const DebiasDifference& one : all) {
    p_values.push_back(one.individual.p_value);
    p_values.push_back(one.group.p_value);
  }
  const std::vector<AdjustedP> family = adjusted(p_values);
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].individual.adjusted = family[2 * i];
    all[i].group.adjusted = family[2 * i + 1];
  }
  return all;
}

std::vector<DebiasScore> debias_scores(const DebiasSummary& summary, const std::string& metric) {
  std::vector<DebiasScore> scores;
  for (const DebiasRun& run : summary.runs) {
    auto found = std::ranges::find(scores, run.variant, &DebiasScore::variant);
    if (found == scores.end()) found = scores.insert(scores.end(), {run.variant, 0, 0, 0});
    add(run.metrics.at(metric), ++found->runs, found->mean, found->deviation);
  }
  for (DebiasScore& score : scores) score.deviation = sample_deviation(score.deviation, score.runs);
  return scores;
}

nlohmann::ordered_json debias_results(const DebiasSummary& summary) {
  nlohmann::ordered_json json = {{"output", summary.options.output},
                                 {"model", summary.model},
                                 {"starting_weights", starting_weights(summary)},
                                 {"regulariser", summary.options.regulariser},
                                 {"method", summary.options.method},
                                 {"trained_parameters", summary.trained_parameters},
                                 {"train_windows", summary.train_windows},
                                 {"held_out_windows", summary.held_out_windows},
                                 {"pairs", summary.pairs},
                                 {"template_lines_left_out", summary.template_lines}};
  if (summary.head.examples > 0)
    json["sentiment_head"] = {{"source", summary.head.source},
                              {"examples", summary.head.examples},
                              {"held_out", summary.head.held_out},
                              {"accuracy", summary.head.accuracy},
                              {"majority", summary.head.majority}};
  for (const auto& [metric, value] : summary.runs.front().metrics)
    for (const DebiasScore& score : debias_scores(summary, metric))
      json["variants"][score.variant][metric] = {
          {"mean", score.mean}, {"sd", score.deviation}, {"runs", score.runs}};
  for (const DebiasRun& run : summary.runs)
    json["runs"].push_back({{"variant", run.variant},
                            {"lambda", run.lambda},
                            {"seed", run.seed},
                            {"steps", run.steps},
                            {"metrics", run.metrics}});
  if (!summary.audits.empty()) {
    json["permutations"] = summary.permutations;
    json["tests_of_fairness"] = kFairnessTests * static_cast<int64_t>(summary.audits.size());
    json["alpha"] = VerdictOptions{}.alpha;
  }
  for (const DebiasAuditMean& mean : debias_audit_means(summary))
    json["before_and_after"].push_back(mean_json(summary, mean));
  for (const DebiasDifference& one : summary.differences)
    json["against_control"].push_back({{"variant", one.variant},
                                       {"attribute", one.attribute},
                                       {"scorer", one.scorer},
                                       {"individual_fairness", difference_json(one.individual)},
                                       {"group_fairness", difference_json(one.group)}});
  for (const DebiasAudit& audit : summary.audits) json["audits"].push_back(audit_json(audit));
  return json;
}

}  // namespace limbeck::fairness
