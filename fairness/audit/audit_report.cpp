#include "fairness/audit/audit_report.h"

#include <cstdio>
#include <stdexcept>

#include "fairness/audit/report_sections.h"

namespace limbeck::fairness {
namespace {

using nlp::NumberStyle;

nlp::Verdict page_verdict(const AuditFindings& findings, const Judgement& judgement) {
  const nlp::VerdictStatus status = judgement.verdict == Verdict::kPass ? nlp::VerdictStatus::kPass
                                    : judgement.verdict == Verdict::kFail
                                        ? nlp::VerdictStatus::kFail
                                        : nlp::VerdictStatus::kInconclusive;
  std::string text;
  const auto add = [&](const std::string& what, Verdict verdict) {
    text += (text.empty() ? "" : "; ") + what + ": " + verdict_text(verdict);
  };
  for (const AttributeFinding& finding : findings.findings)
    add(finding.attribute + " (" + finding.scorer + ")", judgement.verdict_of(finding));
  for (const Gate& gate : judgement.gates)
    if (gate.scorer.empty())
      add((gate.attribute.empty() ? "" : gate.attribute + ", ") + gate.name, gate.verdict);
  return {status, text};
}

std::vector<nlp::SummaryTile> tiles(const AuditFindings& findings) {
  std::vector<nlp::SummaryTile> list;
  for (const AttributeFinding& finding : findings.findings) {
    const Evidence& evidence = finding.evidence;
    char note[96];
    std::snprintf(note, sizeof note, "%s; interval %.4f to %.4f; p (Holm) = %.4f",
                  finding.scorer.c_str(), evidence.interval.low, evidence.interval.high,
                  evidence.individual_p.holm);
    list.push_back({finding.attribute + ": corrected I.F.",
                    nlp::Measurement(evidence.individual.corrected()),
                    "",
                    note,
                    {NumberStyle::kFixed, 4}});
  }
  if (findings.perplexity)
    list.push_back({"perplexity",
                    nlp::Measurement(findings.perplexity->all.perplexity()),
                    "",
                    std::to_string(findings.perplexity->all.tokens) + " tokens",
                    {NumberStyle::kFixed, 2}});
  return list;
}

}  // namespace

const TemplateSet& AuditContext::set_of(const std::string& attribute) const {
  for (const TemplateSet& set : sets)
    if (set.attribute == attribute) return set;
  throw std::out_of_range("no attribute '" + attribute + "'");
}

nlp::Report audit_report(const AuditContext& context, const AuditFindings& findings,
                         const Judgement& judgement, const WorkResults& results) {
  nlp::Report report;
  report.command = "audit";
  report.title = "Counterfactual sentiment audit of " + context.model;
  report.verdict = page_verdict(findings, judgement);
  report.summary = tiles(findings);
  report.sections.push_back(overview_section(context, findings, judgement));
  report.sections.push_back(trade_off_section(context, findings));
  for (const AttributeFinding& finding : findings.findings)
    report.sections.push_back(attribute_section(context, finding, judgement, results));
  report.sections.push_back(method_section(context, findings));
  report.results = audit_results_json(context, findings, judgement, results);
  return report;
}

}  // namespace limbeck::fairness
