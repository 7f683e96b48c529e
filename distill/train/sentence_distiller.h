#pragma once

#include <cstdint>
#include <string>

#include "distill/distill_options.h"
#include "nlp/core/run_context.h"
#include "nlp/train/trainer_options.h"

namespace limbeck::distill {

/// What a finished distillation can say of itself.
struct DistillOutcome {
  int64_t sentences = 0, training_sentences = 0;
  int64_t steps = 0;
  double validation_loss = 0, baseline_loss = 0, retrieval_at_1 = 0;
  bool was_finished = false;  ///< resumed when it was complete already: nothing was written
};

/// Distils a frozen BERT into a BiLSTM student: `options.output` becomes a student directory with
/// control/ (the same student before distillation), metrics.jsonl, report.json, report.html
/// and a model card. What the directory held is removed for kOverwrite once the inputs are read.
///
/// Law: N steps = k steps, kill -9, resume: the same bits of weights and metrics.
/// Throws: ConfigError, DataError, UnsupportedError before any work where possible; Interrupted
/// with the resume line.
DistillOutcome distil_sentences(const DistillOptions& options, const nlp::TrainerOptions& training,
                                const RunContext& context);

}  // namespace limbeck::distill
