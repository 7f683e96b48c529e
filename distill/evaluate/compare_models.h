#pragma once

#include <string>
#include <vector>

#include "distill/eval_options.h"
#include "distill/evaluate/model_timing.h"
#include "nlp/core/run_context.h"
#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill {

/// One row of a comparison: a model at one precision.
struct ComparedModel {
  std::string name;   ///< "teacher", "student int8", "control"
  std::string group;  ///< "teacher", "student", "control"
  std::string description;
  nlp::ModelSize size;
  ModelTiming timing;
  double score = 0;
};

struct Comparison {
  std::string score_name;             ///< what `score` is, such as "spearman (cosine)"
  std::vector<ComparedModel> models;  ///< the teacher at its first precision is the reference
  int64_t examples = 0;
  double neighbour_overlap = 0;
  bool is_passed = true;  ///< the student reached options.min_relative_score
};

/// Measures size, speed and score of teacher, student and control on the same data, and writes
/// report.json and report.html to options.output. Throws: ConfigError, DataError.
Comparison compare_models(const CompareOptions& options, const RunContext& context);

}  // namespace limbeck::distill
