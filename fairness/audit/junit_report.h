#pragma once

#include <filesystem>
#include <string>

#include "fairness/audit/judgement.h"

namespace limbeck::fairness {

/// The gates as JUnit XML, which CI servers read: a suite an attribute, a case a gate; a failed one
/// is a failure, insufficient evidence an error. Every text is escaped.
std::string junit_xml(const std::string& title, const Judgement& judgement);

/// Writes it atomically. Throws: DataError.
void write_junit(const std::filesystem::path& file, const std::string& title,
                 const Judgement& judgement);

}  // namespace limbeck::fairness
