#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "distill/distill_options.h"
#include "distill/evaluate/neighbours.h"
#include "nlp/core/run_context.h"

namespace limbeck::distill {

/// Folder in a distilled student's directory that holds the same student before distillation.
inline constexpr const char* kControlFolder = "control";

/// What a finished distillation is described by.
struct DistillSummary {
  DistillOptions options;
  nlohmann::ordered_json training;  ///< options of the trainer
  std::string teacher;              ///< one line on the teacher
  std::string student;              ///< one line on the student
  std::string embedding_note;
  std::string corpus_hash;
  int64_t sentences = 0, training_sentences = 0, held_out = 0, steps = 0;
  int64_t parameters = 0, embedding_parameters = 0;
  std::map<std::string, double> final_metrics;
  double teacher_spearman = 0;  ///< on the watched pairs; only when there are pairs
  NeighbourAgreement neighbours;
};

/// Writes report.json, report.html and README.md (the model card) from the summary and
/// metrics.jsonl.
void write_distill_report(const std::filesystem::path& directory, const DistillSummary& summary,
                          const RunContext& context);

}  // namespace limbeck::distill
