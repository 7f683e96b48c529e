#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "verify/certify/certify_sentences.h"

namespace limbeck::verify {

/// Counts of the lines of items.jsonl.
CertifySummary summarize(const std::vector<nlohmann::json>& lines);

/// Writes report.json and report.html. Throws: DataError.
void write_certify_report(const std::filesystem::path& directory, const CertifyOptions& options,
                          const std::vector<nlohmann::json>& lines, const std::string& command);

}  // namespace limbeck::verify
