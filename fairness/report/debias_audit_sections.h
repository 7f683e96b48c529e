#pragma once

#include "fairness/report/debias_report.h"
#include "nlp/report/report_document.h"

/// What the audits before and after look like on the page.
namespace limbeck::fairness {

inline constexpr nlp::NumberFormat kPerplexity{nlp::NumberStyle::kFixed, 3};

/// Model by model and attribute by attribute: PPL, PPL^s, I.F., G.F., S.S. and S.S.^c, means over
/// seeds, with the change of I.F. against the control.
nlp::TableBlock before_and_after_table(const DebiasSummary& summary);

/// Every weight against its control: differences of I.F. and G.F. with interval and test.
nlp::TableBlock difference_table(const DebiasSummary& summary);

/// Every audit with what shuffled labels give, in tables that fit a page: I.F. and G.F. with
/// interval, p-value and verdict; what no effect gives and what would have been seen; relevance.
nlp::TableBlock individual_audit_table(const DebiasSummary& summary);
nlp::TableBlock group_audit_table(const DebiasSummary& summary);
nlp::TableBlock audit_control_table(const DebiasSummary& summary);
nlp::TableBlock audit_relevance_table(const DebiasSummary& summary);

/// Corrected I.F. of every run against its perplexity.
nlp::ScatterBlock perplexity_trade_off(const DebiasSummary& summary);

/// Corrected I.F. of every run against its relevance (S.S.); without points where there is no
/// encoder.
nlp::ScatterBlock relevance_trade_off(const DebiasSummary& summary);

}  // namespace limbeck::fairness
