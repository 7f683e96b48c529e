#pragma once

#include <filesystem>
#include <string>

#include "nlp/report/report_blocks.h"

namespace limbeck::fairness {

/// One metric over the rows of one kind ("train" or "eval") of a metrics.jsonl; rows without it are
/// left out. Throws: DataError for a row that is no JSON.
nlp::LineSeries evaluation_curve(const std::filesystem::path& metrics_file,
                                 const std::string& event, const std::string& metric,
                                 const std::string& name);

}  // namespace limbeck::fairness
