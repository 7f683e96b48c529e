#pragma once

#include <filesystem>
#include <memory>

#include "distill/evaluate/task_classifier.h"
#include "fairness/score/scorer.h"

namespace limbeck::tools {

/// A fine-tuned sentiment model, teacher or student: the probability of its positive class, or its
/// score cut to [0, 1] when it is a regression.
class ClassifierScorer final : public fairness::Scorer {
 public:
  /// Throws: DataError when the directory holds no classifier of single texts with a class named
  /// positive, pos or 1 (case is ignored).
  explicit ClassifierScorer(const std::filesystem::path& directory);

  std::string name() const override { return name_; }
  std::vector<double> score(std::span<const std::string> texts) const override;
  std::string source_sha256() const override { return source_sha256_; }

 private:
  std::string name_, source_sha256_;
  std::unique_ptr<distill::TaskClassifier> classifier_;
  size_t positive_ = 0;
};

}  // namespace limbeck::tools
