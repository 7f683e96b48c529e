#pragma once

#include "fairness/report/debias_report.h"
#include "fairness/train/debias_audit.h"
#include "nlp/train/trainer_options.h"

namespace limbeck::fairness {

/// Goes on training a language model with a fairness regulariser, one run for each weight and
/// always one with weight 0, and writes the models, report.json, report.html and README.md. The
/// model of the first weight stands in `options.output` itself, those of further weights in
/// lambda-X, that of weight 0 in control. Each run has a folder of its own under runs/; a finished
/// one is not run again on resume.
/// The models of all seeds are audited; those of other seeds than the first do not stay.
/// Throws: ConfigError, DataError before any training; Interrupted with the resume line.
DebiasSummary debias(const DebiasOptions& options, const nlp::TrainerOptions& training,
                     const RunContext& context, const DebiasInstruments& instruments);

}  // namespace limbeck::fairness
