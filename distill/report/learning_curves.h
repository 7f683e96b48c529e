#pragma once

#include <filesystem>
#include <string>

#include "nlp/report/distillation_sections.h"

namespace limbeck::distill {

/// Reads the evaluations of a run from its metrics.jsonl, each with the last training loss before
/// it. Throws: DataError `metrics.jsonl:3: ...`.
nlp::LearningCurves read_learning_curves(const std::filesystem::path& metrics_file);

}  // namespace limbeck::distill
