#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nlp/report/report_document.h"

/// Sections that the distillation commands share.
namespace limbeck::nlp {

/// One validation during training; what was not measured is missing.
struct LearningCurvePoint {
  int64_t step = 0;
  Measurement train_loss = Measurement::missing("not measured");
  Measurement validation_loss = Measurement::missing("not measured");
  Measurement retrieval_at_1 = Measurement::missing("not measured");  ///< share in [0, 1]
  Measurement sts_spearman = Measurement::missing("not measured");    ///< in [-1, 1]
};

/// The course of a training run.
struct LearningCurves {
  std::vector<LearningCurvePoint> points;
  /// Validation loss of answering the mean teacher vector for every sentence: a student at this
  /// line has collapsed.
  Measurement mean_baseline_loss = Measurement::missing("not measured");
  /// Spearman of the teacher on the same pairs.
  Measurement teacher_spearman = Measurement::missing("not measured");
  bool has_logarithmic_loss = false;
};

/// Charts of the losses, of retrieval@1 and of the STS correlation; a chart without numbers is left
/// out.
ReportSection learning_curve_section(const LearningCurves& curves);

/// Size, speed and quality of one model.
struct ModelCost {
  std::string name;
  std::string group;  ///< such as "teacher" or "student": colour and shape in the scatter
  int64_t parameters = 0;
  int64_t parameters_without_embeddings = 0;
  int64_t bytes = 0;                                                  ///< of the files it needs
  Measurement latency_p50_ms = Measurement::missing("not measured");  ///< one sentence
  Measurement latency_p95_ms = Measurement::missing("not measured");
  Measurement sentences_per_second = Measurement::missing("not measured");
  Measurement score = Measurement::missing("not measured");
};

/// The compression report; the first model is what the others are compared with.
struct CompressionComparison {
  std::string score_name;  ///< such as "STS-B dev Spearman"
  NumberFormat score_format{NumberStyle::kFixed, 3};
  std::string conditions;  ///< threads, data type, sentences: one line under the table
  std::vector<ModelCost> models;
};

/// Table with the score in % of the first model's, and scatters of parameters and of latency
/// against the score.
ReportSection compression_section(const CompressionComparison& comparison);

/// One neighbour and its cosine to the query.
struct Neighbour {
  std::string text;
  double cosine = 0;
};

/// The nearest neighbours of one sentence by both models, best first.
struct NeighbourComparison {
  std::string query;
  std::vector<Neighbour> teacher, student;
};

/// Teacher and student side by side; neighbours that both found are marked.
ReportSection neighbour_section(const std::vector<NeighbourComparison>& comparisons);

}  // namespace limbeck::nlp
