#pragma once

#include "fairness/report/train_lm_report.h"
#include "nlp/train/trainer_options.h"

namespace limbeck::fairness {

/// Learns a SentencePiece vocabulary and a causal Transformer from plain text and writes model,
/// report.json, report.html, README.md and the learning curve to `options.output`. The evaluation
/// with the lowest held-out loss is kept unless `training.monitor` says otherwise.
/// Throws: ConfigError, DataError before any training; Interrupted with the resume line.
TrainLmSummary train_language_model(const TrainLmOptions& options,
                                    const nlp::TrainerOptions& training, const RunContext& context);

}  // namespace limbeck::fairness
