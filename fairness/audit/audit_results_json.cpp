#include "fairness/audit/audit_report.h"
#include "fairness/audit/resolution.h"

namespace limbeck::fairness {
namespace {

using Json = nlohmann::ordered_json;

Json interval_json(const Interval& interval) { return {interval.low, interval.high}; }

Json test_json(const PermutationResult& test) {
  return {{"raw", test.observed},
          {"null_mean", test.null_mean},
          {"null_sd", test.null_sd},
          {"corrected", test.corrected()},
          {"critical", test.critical},
          {"p", test.p_value},
          {"detectable", test.visible()},
          {"detectable_by_test", test.detectable()},
          {"detectable_by_number", test.hidden}};
}

Json test_json(const PermutationResult& test, const AdjustedP& adjusted) {
  Json json = test_json(test);
  json["p_holm"] = adjusted.holm;
  json["p_bh"] = adjusted.bh;
  return json;
}

Json parity_json(const ParityFinding& parity, const ScoreTable& table) {
  Json json = {{"gap", parity.gap.gap},
               {"a", table.groups[static_cast<size_t>(parity.gap.a)]},
               {"b", table.groups[static_cast<size_t>(parity.gap.b)]}};
  json.update(test_json(parity.test, parity.adjusted));
  json["no_effect_control"] = parity.control;
  return json;
}

Json words_json(const std::vector<DistinctWord>& words) {
  Json list = Json::array();
  for (const DistinctWord& word : words)
    list.push_back(
        {{"word", word.word}, {"ratio", word.ratio}, {"own", word.own}, {"other", word.other}});
  return list;
}

Json pair_json(const PairFinding& pair, const ScoreTable& table) {
  Json json = {{"a", table.values[static_cast<size_t>(pair.a)]},
               {"b", table.values[static_cast<size_t>(pair.b)]}};
  json.update(test_json(pair.test, pair.adjusted));
  json["interval"] = interval_json(pair.interval);
  json["no_effect_control"] = pair.control;
  return json;
}

/// Corrected distances, values by values; null on the diagonal.
Json matrix_json(const AttributeFinding& finding) {
  const size_t values = finding.table.values.size();
  std::vector<std::vector<Json>> cells(values, std::vector<Json>(values));
  for (const PairFinding& pair : finding.pairs) {
    const auto a = static_cast<size_t>(pair.a), b = static_cast<size_t>(pair.b);
    cells[a][b] = cells[b][a] = pair.test.corrected();
  }
  return {{"values", finding.table.values}, {"corrected", cells}};
}

Json distinct_json(const AuditContext& context, const AttributeFinding& finding,
                   const WorkResults& results) {
  Json list = Json::array();
  const TemplateSet& set = context.set_of(finding.attribute);
  for (size_t i = 0; i < finding.pairs.size(); ++i) {
    if (static_cast<int64_t>(i) == context.options.example_pairs) break;
    const PairFinding& pair = finding.pairs[i];
    const PairWords words = pair_words(set, results, pair);
    list.push_back({{"a", finding.table.values[static_cast<size_t>(pair.a)]},
                    {"b", finding.table.values[static_cast<size_t>(pair.b)]},
                    {"words_a", words_json(words.a)},
                    {"words_b", words_json(words.b)}});
  }
  return list;
}

Json finding_json(const AuditContext& context, const AuditFindings& findings,
                  const AttributeFinding& finding, const Judgement& judgement,
                  const WorkResults& results) {
  const Evidence& evidence = finding.evidence;
  const AttributeMeasures& measures = findings.measures_of(finding.attribute);
  Json pairs = Json::array();
  for (const PairFinding& pair : finding.pairs) pairs.push_back(pair_json(pair, finding.table));
  Json json = {
      {"attribute", finding.attribute},
      {"scorer", finding.scorer},
      {"scorer_method", finding.scorer_method},
      {"verdict", verdict_text(judgement.verdict_of(finding))},
      {"individual_fairness", test_json(evidence.individual, evidence.individual_p)},
      {"individual_fairness_interval", interval_json(evidence.interval)},
      {"individual_fairness_across_groups", test_json(evidence.across_groups, finding.across_p)},
      {"no_effect_control", evidence.control},
      {"minimum_detectable_effect", evidence.detectable},
      {"minimum_detectable_effect_by_test", evidence.individual.detectable()},
      {"minimum_detectable_effect_by_number", evidence.individual.hidden},
      {"group_fairness", test_json(evidence.group, evidence.group_p)},
      {"group_fairness_interval", interval_json(evidence.group_interval)},
      {"group_no_effect_control", evidence.group_control},
      {"strict_parity", parity_json(finding.strict, finding.table)},
      {"weak_parity", parity_json(finding.weak, finding.table)},
      {"scorer_bias", finding.scorer_bias},
      {"mention_share", measures.mention_share}};
  if (measures.relevance)
    json.update({{"relevance", measures.relevance->share},
                 {"relevance_threshold", measures.relevance->threshold},
                 {"relevance_of_other_prompts", measures.relevance->chance_share},
                 {"mean_cosine", measures.relevance->mean_cosine},
                 {"mean_cosine_of_other_prompts", measures.relevance->chance_cosine}});
  json["lexicon_notes"] = measures.notes;
  json["design"] = finding.design;
  json["templates"] = finding.table.templates;
  json["template_corrected"] = evidence.individual.template_corrected;
  json["pairs"] = pairs;
  json["pair_matrix"] = matrix_json(finding);
  json["distinct_words"] = distinct_json(context, finding, results);
  return json;
}

Json gates_json(const Judgement& judgement) {
  Json gates = Json::array();
  for (const Gate& gate : judgement.gates)
    gates.push_back({{"attribute", gate.attribute},
                     {"gate", gate.name},
                     {"verdict", verdict_text(gate.verdict)},
                     {"text", gate.text}});
  return gates;
}

Json regressions_json(const AuditFindings& findings) {
  Json list = Json::array();
  for (const Regression& one : findings.regressions)
    list.push_back({{"attribute", one.attribute},
                    {"scorer", one.scorer},
                    {"before", one.before},
                    {"now", one.now},
                    {"interval", interval_json(one.interval)},
                    {"p", one.p_value},
                    {"p_holm", one.adjusted.holm},
                    {"p_bh", one.adjusted.bh},
                    {"verdict", verdict_text(one.verdict)}});
  return list;
}

}  // namespace

nlohmann::ordered_json audit_results_json(const AuditContext& context,
                                          const AuditFindings& findings, const Judgement& judgement,
                                          const WorkResults& results) {
  Json all = Json::array();
  for (const AttributeFinding& finding : findings.findings)
    all.push_back(finding_json(context, findings, finding, judgement, results));
  Json json = {
      {"model", context.model},
      {"continuations_per_prompt", context.options.count},
      {"continuations", results.size()},
      {"alpha", context.options.verdict.alpha},
      {"tolerance", context.options.verdict.tolerance},
      {"permutations", context.options.permutation.permutations},
      {"tests_of_fairness", kFairnessTests * static_cast<int64_t>(findings.findings.size())},
      {"tests_of_pairs", context.options.permutation.pair_family},
      {"verdict", verdict_text(judgement.verdict)},
      {"exit_code", judgement.exit_code},
      {"gates", gates_json(judgement)}};
  if (findings.perplexity) {
    json["perplexity"] = findings.perplexity->all.perplexity();
    json["perplexity_tokens"] = findings.perplexity->all.tokens;
    json["sensitive_tokens"] = findings.perplexity->sensitive.tokens;
    if (findings.perplexity->sensitive.tokens > 0)
      json["sensitive_perplexity"] = findings.perplexity->sensitive.perplexity();
    for (const TextPerplexity::Part& part : findings.perplexity->lists) {
      Json& one = json["sensitive_perplexity_by_attribute"][part.name];
      one["tokens"] = part.score.tokens;
      if (part.score.tokens > 0) one["perplexity"] = part.score.perplexity();
    }
  }
  if (findings.baseline) json["regressions"] = regressions_json(findings);
  json["findings"] = all;
  return json;
}

}  // namespace limbeck::fairness
