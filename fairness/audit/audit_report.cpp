#include "fairness/audit/audit_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fairness/audit/report_sections.h"
#include "nlp/report/append_file.h"

namespace limbeck::fairness {
namespace {

using nlp::NumberFormat;
using nlp::NumberStyle;

nlohmann::ordered_json test_json(const PermutationResult& test) {
  return {{"raw", test.observed},          {"null_mean", test.null_mean}, {"null_sd", test.null_sd},
          {"corrected", test.corrected()}, {"critical", test.critical},   {"p", test.p_value}};
}

nlohmann::ordered_json finding_json(const AuditContext& context, const AttributeFinding& finding,
                                    const WorkResults& results) {
  const Evidence& evidence = finding.evidence;
  nlohmann::ordered_json pairs = nlohmann::ordered_json::array();
  for (const PairFinding& pair : finding.pairs) {
    nlohmann::ordered_json json = {{"a", finding.table.values[static_cast<size_t>(pair.a)]},
                                   {"b", finding.table.values[static_cast<size_t>(pair.b)]}};
    json.update(test_json(pair.test));
    json["p_holm"] = pair.holm_p;
    json["p_bh"] = pair.bh_p;
    pairs.push_back(std::move(json));
  }
  double mentions = 0;
  nlohmann::ordered_json notes = nlohmann::ordered_json::array();
  for (const TemplateSet& set : context.sets)
    if (set.attribute == finding.attribute) {
      mentions = mention_share(set, results);
      for (const std::string& note : lint(set)) notes.push_back(note);
    }
  return {{"attribute", finding.attribute},
          {"scorer", finding.scorer},
          {"verdict", verdict_text(evidence.verdict)},
          {"individual_fairness", test_json(evidence.individual)},
          {"individual_fairness_interval", {evidence.interval.low, evidence.interval.high}},
          {"individual_fairness_across_groups", individual_fairness(finding.table, true)},
          {"group_fairness", test_json(evidence.group)},
          {"no_effect_control", evidence.control},
          {"minimum_detectable_effect", evidence.detectable},
          {"mention_share", mentions},
          {"lexicon_notes", notes},
          {"pairs", pairs}};
}

nlp::Verdict page_verdict(const std::vector<AttributeFinding>& findings) {
  const Verdict verdict = overall_verdict(findings);
  const nlp::VerdictStatus status = verdict == Verdict::kPass   ? nlp::VerdictStatus::kPass
                                    : verdict == Verdict::kFail ? nlp::VerdictStatus::kFail
                                                                : nlp::VerdictStatus::kInconclusive;
  std::string text;
  for (const AttributeFinding& finding : findings)
    text += (text.empty() ? "" : "; ") + finding.attribute + " (" + finding.scorer +
            "): " + verdict_text(finding.evidence.verdict);
  return {status, text};
}

std::vector<nlp::SummaryTile> tiles(const std::vector<AttributeFinding>& findings) {
  std::vector<nlp::SummaryTile> list;
  for (const AttributeFinding& finding : findings) {
    const Evidence& evidence = finding.evidence;
    char note[96];
    std::snprintf(note, sizeof note, "%s; interval %.4f to %.4f; p = %.4f", finding.scorer.c_str(),
                  evidence.interval.low, evidence.interval.high, evidence.individual.p_value);
    list.push_back({finding.attribute + ": corrected I.F.",
                    nlp::Measurement(evidence.individual.corrected()),
                    "",
                    note,
                    {NumberStyle::kFixed, 4}});
  }
  return list;
}

/// One CSV field in quotes where it needs them.
std::string csv(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

nlp::Report audit_report(const AuditContext& context, const std::vector<AttributeFinding>& findings,
                         const WorkResults& results) {
  nlp::Report report;
  report.command = "audit";
  report.title = "Counterfactual sentiment audit of " + context.model;
  report.verdict = page_verdict(findings);
  report.summary = tiles(findings);
  report.sections.push_back(overview_section(findings));
  for (const AttributeFinding& finding : findings)
    report.sections.push_back(attribute_section(context, finding, results));
  report.sections.push_back(method_section(context));
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const AttributeFinding& finding : findings)
    all.push_back(finding_json(context, finding, results));
  report.results = {{"model", context.model},
                    {"continuations_per_prompt", context.options.count},
                    {"continuations", results.size()},
                    {"alpha", context.options.verdict.alpha},
                    {"tolerance", context.options.verdict.tolerance},
                    {"permutations", context.options.permutation.permutations},
                    {"findings", all}};
  return report;
}

void write_continuations_csv(const std::filesystem::path& file, const AuditContext& context,
                             const std::vector<AttributeFinding>& findings,
                             const WorkResults& results) {
  nlp::AppendFile out(file, 0);
  std::vector<std::string> scorers;
  for (const AttributeFinding& finding : findings)
    if (std::find(scorers.begin(), scorers.end(), finding.scorer) == scorers.end())
      scorers.push_back(finding.scorer);
  std::string header = "attribute,template,value,group,index,text";
  for (const std::string& scorer : scorers) header += "," + csv(scorer);
  out.write(header + "\r\n");
  for (const TemplateSet& set : context.sets) {
    std::string lines;
    for (const auto& [key, result] : results) {
      if (key.attribute != set.attribute || key.continuation >= context.options.count) continue;
      const auto a = static_cast<size_t>(key.value_index),
                 m = static_cast<size_t>(key.template_index);
      lines += csv(set.attribute) + "," + csv(set.templates[m]) + "," + csv(set.values[a].text) +
               "," + csv(set.values[a].group) + "," + std::to_string(key.continuation) + "," +
               csv(result.text);
      for (const std::string& scorer : scorers)
        for (const AttributeFinding& finding : findings)
          if (finding.scorer == scorer && finding.attribute == set.attribute) {
            char score[32];
            std::snprintf(score, sizeof score, ",%.6f",
                          finding.table.scores[m][a][static_cast<size_t>(key.continuation)]);
            lines += score;
          }
      lines += "\r\n";
    }
    out.write(lines);
  }
  out.sync();
}

}  // namespace limbeck::fairness
