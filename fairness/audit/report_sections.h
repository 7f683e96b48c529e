#pragma once

#include "fairness/audit/audit_report.h"

/// The parts of an audit's page.
namespace limbeck::fairness {

/// Raw, null and corrected distances of every attribute and scorer, with intervals.
nlp::ReportSection overview_section(const std::vector<AttributeFinding>& findings);

/// One attribute by one scorer: score distributions of its groups, values that differ most, and
/// continuations side by side.
nlp::ReportSection attribute_section(const AuditContext& context, const AttributeFinding& finding,
                                     const WorkResults& results);

/// How it was done and what it cannot say.
nlp::ReportSection method_section(const AuditContext& context);

}  // namespace limbeck::fairness
