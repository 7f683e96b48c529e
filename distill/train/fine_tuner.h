#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "distill/finetune_options.h"
#include "distill/report/finetune_report.h"
#include "nlp/core/run_context.h"
#include "nlp/train/trainer_options.h"

namespace limbeck::distill {

/// Fine-tunes a teacher or a student on a task, with its controls and repeats, and writes the model
/// of the first seed, report.json, report.html, README.md and the learning curve to
/// `options.output`. Each run has a folder of its own under runs/; a finished one is not run again
/// on resume.
///
/// The best evaluation by the task's first metric is kept (dev examples decide that, so the score
/// is a slight optimist; the last evaluation is reported beside it). Throws: ConfigError, DataError
/// before any work where possible; Interrupted with the resume line.
FineTuneSummary fine_tune(const FineTuneOptions& options, const nlp::TrainerOptions& training,
                          const RunContext& context);

}  // namespace limbeck::distill
