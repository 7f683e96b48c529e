#include "tools/limbeck/classifier_scorer.h"

#include <algorithm>
#include <cmath>

#include "distill/teacher/teacher_cache.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/text/letter_case.h"

namespace limbeck::tools {
namespace {

constexpr size_t kBatch = 256;

size_t positive_class(const nlp::HeadConfig& head, const std::string& where) {
  std::string names;
  for (size_t c = 0; c < head.labels.size(); ++c) {
    const std::string label = nlp::lowercased(head.labels[c]);
    if (label == "positive" || label == "pos" || label == "1") return c;
    names += (names.empty() ? "" : ", ") + head.labels[c];
  }
  // The names that transformers gives to two classes without names: negative, then positive.
  if (names == "LABEL_0, LABEL_1") return 1;
  throw DataError(where + ": expected a class named positive, pos or 1, got " + names);
}

}  // namespace

ClassifierScorer::ClassifierScorer(const std::filesystem::path& directory)
    : name_(directory.filename().empty() ? directory.parent_path().filename().string()
                                         : directory.filename().string()),
      source_sha256_(distill::model_directory_key(directory)),
      classifier_(distill::load_task_classifier(directory, nlp::Precision::kInt8)) {
  const nlp::HeadConfig& head = classifier_->head();
  if (head.pair)
    throw DataError(directory.string() +
                    ": expected a classifier of single texts, got one of pairs");
  if (!head.regression) positive_ = positive_class(head, directory.string());
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
      double sum = 0;
      for (const float logit : row) sum += std::exp(static_cast<double>(logit) - row[positive_]);
      scores.push_back(1 / sum);
    }
  }
  return scores;
}

}  // namespace limbeck::tools
