#pragma once

#include "fairness/audit/audit_report.h"

/// The parts of an audit's page.
namespace limbeck::fairness {

/// Corrected distances of every attribute and scorer with intervals, all numbers in one table, and
/// the gates.
nlp::ReportSection overview_section(const AuditContext& context, const AuditFindings& findings,
                                    const Judgement& judgement);

/// What fairness costs: corrected distances against relevance and perplexity, beside those of the
/// baseline. A model that ignores its prompt is fair.
nlp::ReportSection trade_off_section(const AuditContext& context, const AuditFindings& findings);

/// One attribute by one scorer: score distributions of its groups, pairs of values that differ
/// most, their words, and continuations side by side.
nlp::ReportSection attribute_section(const AuditContext& context, const AttributeFinding& finding,
                                     const Judgement& judgement, const WorkResults& results);

/// How it was done and what it cannot say.
nlp::ReportSection method_section(const AuditContext& context, const AuditFindings& findings);

}  // namespace limbeck::fairness
