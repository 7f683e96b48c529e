#include <algorithm>
#include <cmath>

#include "fairness/report/debias_report.h"

namespace limbeck::fairness {
namespace {

nlohmann::ordered_json test_json(const PermutationResult& test) {
  return {{"raw", test.observed},
          {"null_mean", test.null_mean},
          {"corrected", test.corrected()},
          {"p", test.p_value}};
}

}  // namespace

std::vector<DebiasScore> debias_scores(const DebiasSummary& summary, const std::string& metric) {
  std::vector<DebiasScore> scores;
  for (const DebiasRun& run : summary.runs) {
    auto found = std::ranges::find(scores, run.variant, &DebiasScore::variant);
    if (found == scores.end()) found = scores.insert(scores.end(), {run.variant, 0, 0, 0});
    const double value = run.metrics.at(metric);
    ++found->runs;
    const double delta = value - found->mean;  // Welford
    found->mean += delta / static_cast<double>(found->runs);
    found->deviation += delta * (value - found->mean);
  }
  for (DebiasScore& score : scores)
    score.deviation =
        score.runs > 1 ? std::sqrt(score.deviation / static_cast<double>(score.runs - 1)) : 0.0;
  return scores;
}

nlohmann::ordered_json debias_results(const DebiasSummary& summary) {
  nlohmann::ordered_json json = {{"output", summary.options.output},
                                 {"model", summary.model},
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
  for (const DebiasAudit& audit : summary.audits)
    json["audits"].push_back(
        {{"variant", audit.variant},
         {"attribute", audit.attribute},
         {"scorer", "vader"},
         {"verdict", verdict_text(audit.evidence.verdict)},
         {"individual_fairness", test_json(audit.evidence.individual)},
         {"interval", {audit.evidence.interval.low, audit.evidence.interval.high}},
         {"group_fairness", test_json(audit.evidence.group)},
         {"mention_share", audit.mention_share}});
  return json;
}

}  // namespace limbeck::fairness
