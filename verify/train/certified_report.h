#pragma once

#include <filesystem>

#include "verify/train/certified_trainer.h"

namespace limbeck::verify {

/// Writes report.json, report.html and README.md. Throws: DataError.
void write_certified_training_report(const std::filesystem::path& directory,
                                     const CertifiedTrainingSummary& summary,
                                     const CertifiedTrainingContext& context);

}  // namespace limbeck::verify
