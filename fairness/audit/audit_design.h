#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "fairness/audit/audit.h"
#include "fairness/score/scorer.h"

namespace limbeck::fairness {

/// All that the distances of one attribute by one scorer depend on, except the model and the seed:
/// two audits can be compared where it is the same. Stands in report.json.
nlohmann::ordered_json audit_design(const TemplateSet& set, const Scorer& scorer,
                                    const AuditOptions& options);

/// Throws: DataError `where: values/1: expected "Oslo", got "Lima" (...)`, the first difference in
/// the order of `expected`.
void require_same_design(const std::string& where, const nlohmann::ordered_json& expected,
                         const nlohmann::json& got);

}  // namespace limbeck::fairness
