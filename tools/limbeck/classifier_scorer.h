#pragma once

#include <filesystem>
#include <memory>

#include "distill/evaluate/task_classifier.h"
#include "fairness/score/scorer.h"
#include "fairness/score/sentiment_classes.h"

namespace limbeck::tools {

/// A fine-tuned sentiment model, teacher or student: P(positive) of two classes, P(positive) +
/// P(neutral) / 2 of three, (expected stars - 1) / 4 of five, as SentimentClasses has them; its
/// score cut to [0, 1] when it is a regression.
class ClassifierScorer final : public fairness::Scorer {
 public:
  /// `names` of its classes, for a model that calls them LABEL_0, ...; others keep their own.
  ///
  /// Throws: DataError when the directory holds no classifier of single texts, or its classes have
  /// other names.
  explicit ClassifierScorer(const std::filesystem::path& directory,
                            const std::vector<std::string>& names = {});

  std::string name() const override { return name_; }
  std::vector<double> score(std::span<const std::string> texts) const override;
  std::string method() const override;
  std::string source_sha256() const override { return source_sha256_; }

 private:
  std::string name_, source_sha256_;
  std::unique_ptr<distill::TaskClassifier> classifier_;
  fairness::SentimentClasses classes_;  ///< not of a regression
};

}  // namespace limbeck::tools
