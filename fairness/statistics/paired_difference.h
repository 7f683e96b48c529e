#pragma once

#include <cstdint>
#include <vector>

#include "fairness/statistics/verdict.h"

namespace limbeck::fairness {

/// Two models audited on the same prompts, such as one with a regulariser and its control.
struct PairedAudit {
  const ScoreTable* table;
  const Evidence* evidence;
  const ScoreTable* control_table;
  const Evidence* control;
};

/// How far the first models are from their controls: below 0 is fairer.
struct PairedDifference {
  double difference = 0;  ///< of the corrected distances, the mean over the pairs
  Interval interval;      ///< over templates; [-1, 1] where they are too few
  double p_value = 1;     ///< one-sided: that they are no fairer
  AdjustedP adjusted;     ///< for its family; set by the caller
};

/// Individual fairness: the difference of each template, the mean over the pairs (seeds), with
/// interval and sign-flip test.
/// Throws: ConfigError for no pair, or tables of other templates.
PairedDifference individual_difference(const std::vector<PairedAudit>& pairs,
                                       const PermutationOptions& options);

/// Group fairness, which pools the templates: the interval draws whole templates, the same of
/// both models; the test exchanges whole templates between them.
///
/// Null:   within a template, model and control can be exchanged.
/// Law:    the difference is that of the corrected distances of the evidence.
/// Throws: as individual_difference().
PairedDifference group_difference(const std::vector<PairedAudit>& pairs,
                                  const PermutationOptions& options);

}  // namespace limbeck::fairness
