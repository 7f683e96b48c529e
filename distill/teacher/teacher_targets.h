#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "distill/teacher/teacher_cache.h"
#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill {

/// What of the teacher becomes a target.
struct TeacherTargetOptions {
  std::string pooling = "model";  ///< model | cls | mean | max
  std::vector<int64_t> layers;    ///< further targets: mean hidden state of these layers, 1 = first
  int64_t max_length = 128;       ///< tokens kept, special tokens included
  nlp::Precision precision = nlp::Precision::kFloat32;
};

/// A loaded teacher as a source of target rows: [sentence vector | layer a | layer b | ...].
struct TeacherTargets {
  TargetSource source;
  int64_t vector_width = 0;    ///< width of the sentence vector
  int64_t layer_width = 0;     ///< of each further layer
  bool is_normalized = false;  ///< sentence vectors have length 1
  std::string description;
};

/// Throws: DataError, UnsupportedError as the loader; ConfigError `--layers: expected 1 to 6, got
/// 9`.
TeacherTargets load_teacher_targets(const std::filesystem::path& directory,
                                    const TeacherTargetOptions& options);

}  // namespace limbeck::distill
