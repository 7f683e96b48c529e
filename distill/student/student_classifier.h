#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nlp/encode/bilstm_config.h"
#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill {

/// Answer of a fine-tuned student for one text or pair.
struct StudentPrediction {
  std::vector<float> logits;         ///< one a class; one value, the score, for regression
  std::vector<float> probabilities;  ///< softmax of the logits; empty for regression
  int64_t label = -1;                ///< largest logit, the first of equal ones; -1 for regression
  float score = 0.0f;                ///< regression only
};

/// A fine-tuned student with its task head (key "limbeck_head" of config.json), for inference
/// without LibTorch.
///
/// Same laws and precisions as load_student(); the head itself is always float32.
class StudentClassifier {
 public:
  using Pair = std::pair<std::string, std::string>;

  /// Throws: as load_student(); DataError when the directory has no head.
  explicit StudentClassifier(const std::filesystem::path& directory,
                             nlp::Precision precision = nlp::Precision::kFloat32);
  ~StudentClassifier();
  StudentClassifier(StudentClassifier&&) noexcept;
  StudentClassifier& operator=(StudentClassifier&&) noexcept;

  const nlp::HeadConfig& head() const;

  /// Predictions in order. Throws: ConfigError when the head takes pairs (single texts,
  /// respectively).
  std::vector<StudentPrediction> predict(std::span<const std::string> texts) const;
  std::vector<StudentPrediction> predict(std::span<const Pair> pairs) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace limbeck::distill
