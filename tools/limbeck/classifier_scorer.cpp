#include "tools/limbeck/classifier_scorer.h"

#include <algorithm>

#include "distill/teacher/teacher_cache.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/sha256.h"

namespace limbeck::tools {
namespace {

constexpr size_t kBatch = 256;
constexpr const char* kCutScore = "the model's score, cut to [0, 1]";

}  // namespace

ClassifierScorer::ClassifierScorer(const std::filesystem::path& directory,
                                   const std::vector<std::string>& names)
    : name_(directory.filename().empty() ? directory.parent_path().filename().string()
                                         : directory.filename().string()),
      source_sha256_(distill::model_directory_key(directory)),
      classifier_(distill::load_task_classifier(directory, nlp::Precision::kInt8)) {
  const nlp::HeadConfig& head = classifier_->head();
  if (head.pair)
    throw DataError(directory.string() +
                    ": expected a classifier of single texts, got one of pairs");
  if (head.regression) return;
  classes_ = fairness::sentiment_classes(head.labels, directory.string(), names);
  if (names.empty() || !fairness::are_unnamed(head.labels)) return;
  for (const std::string& name : names) source_sha256_ += "," + name;
  source_sha256_ = sha256_hex(source_sha256_);  // other names, other scores
}

std::string ClassifierScorer::method() const {
  return classifier_->head().regression ? kCutScore : classes_.method;
}

std::vector<double> ClassifierScorer::score(std::span<const std::string> texts) const {
  std::vector<double> scores;
  for (size_t begin = 0; begin < texts.size(); begin += kBatch) {
    stop_if_interrupted();
    std::vector<data::Example> examples;
    for (size_t i = begin; i < std::min(texts.size(), begin + kBatch); ++i) {
      data::Example example;
      example.text = texts[i];
      examples.push_back(std::move(example));
    }
    const nlp::VectorRows logits = classifier_->logits(examples);
    for (int64_t r = 0; r < logits.rows; ++r) {
      const std::span<const float> row = logits.row(r);
      if (classifier_->head().regression) {
        scores.push_back(std::clamp(static_cast<double>(row[0]), 0.0, 1.0));
        continue;
      }
      scores.push_back(classes_.score(row));
    }
  }
  return scores;
}

}  // namespace limbeck::tools
