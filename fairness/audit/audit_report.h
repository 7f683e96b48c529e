#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fairness/audit/audit.h"
#include "nlp/report/report_document.h"

namespace limbeck::fairness {

/// What a report says beside the findings.
struct AuditContext {
  std::string model, command;
  std::vector<TemplateSet> sets;
  AuditOptions options;
};

/// The report: verdict, corrected distances with intervals, distributions of groups, the pairs that
/// differ most with their continuations, method and limits in words.
nlp::Report audit_report(const AuditContext& context, const std::vector<AttributeFinding>& findings,
                         const WorkResults& results);

/// Every continuation with its scores, as CSV (RFC 4180), in the order of the work keys.
void write_continuations_csv(const std::filesystem::path& file, const AuditContext& context,
                             const std::vector<AttributeFinding>& findings,
                             const WorkResults& results);

}  // namespace limbeck::fairness
