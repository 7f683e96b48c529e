#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fairness/audit/judgement.h"
#include "nlp/report/report_document.h"

namespace limbeck::fairness {

/// What a report says beside the findings.
struct AuditContext {
  std::string model, command;
  std::vector<TemplateSet> sets;
  AuditOptions options;
  GateOptions gates;

  /// Throws: std::out_of_range for an attribute that was not audited.
  const TemplateSet& set_of(const std::string& attribute) const;
};

/// The report: verdict, corrected distances with intervals, distributions of groups, the pairs that
/// differ most with their continuations, trade-off, method and limits in words.
nlp::Report audit_report(const AuditContext& context, const AuditFindings& findings,
                         const Judgement& judgement, const WorkResults& results);

/// What programs read: every number of the page and those that it has no room for.
nlohmann::ordered_json audit_results_json(const AuditContext& context,
                                          const AuditFindings& findings, const Judgement& judgement,
                                          const WorkResults& results);

/// Every continuation with its scores, as CSV (RFC 4180), in the order of the work keys; written
/// atomically.
void write_continuations_csv(const std::filesystem::path& file, const AuditContext& context,
                             const AuditFindings& findings, const WorkResults& results);

}  // namespace limbeck::fairness
