#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "distill/train/feature_model.h"
#include "nlp/train/training_task.h"

namespace limbeck::distill {

/// A task's examples in memory.
struct LabelledData {
  data::Task task;
  std::vector<data::Example> train, dev;
};

/// Fine-tunes encoder and head together: cross entropy for classes, squared error in units of the
/// training scores' deviation for a regression. Evaluation: the task's metrics on the dev examples,
/// and `dev_loss`.
class FineTuneTask final : public nlp::TrainingTask {
 public:
  FineTuneTask(FeatureModel& model, const LabelledData& data, double dropout);

  int64_t example_count() const override { return static_cast<int64_t>(data_.train.size()); }
  std::vector<int32_t> lengths() const override { return train_.lengths; }
  std::vector<nlp::Parameter> parameters() override { return model_.parameters(); }
  at::Tensor loss(const std::vector<int64_t>& examples, nlp::StepContext& context) override;
  nlp::EvaluationResult evaluate() override;
  void save_model(const std::filesystem::path& directory) override { model_.save(directory); }

 private:
  at::Tensor loss_of(const at::Tensor& logits, const std::vector<data::Example>& all,
                     std::span<const int64_t> which) const;

  FeatureModel& model_;
  const LabelledData& data_;
  double dropout_;
  double score_mean_ = 0, score_deviation_ = 1;
  EncodedExamples train_, dev_;
};

}  // namespace limbeck::distill
