#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "distill/eval_options.h"
#include "distill/evaluate/compare_models.h"
#include "distill/evaluate/neighbours.h"
#include "nlp/core/run_context.h"

namespace limbeck::distill {

nlohmann::ordered_json comparison_json(const Comparison& comparison);

/// Writes report.json and report.html: the compression table, its scatters and nearest neighbours
/// side by side.
void write_compression_report(const std::filesystem::path& directory, const CompareOptions& options,
                              const Comparison& comparison, const NeighbourAgreement& neighbours,
                              const RunContext& context);

}  // namespace limbeck::distill
