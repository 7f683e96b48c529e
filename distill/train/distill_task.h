#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "distill/loss/loss_table.h"
#include "distill/teacher/teacher_cache.h"
#include "nlp/model/bilstm_encoder.h"
#include "nlp/train/loss_term.h"
#include "nlp/train/training_task.h"

namespace limbeck::distill {

/// Scored sentence pairs that are watched while the student learns; never trained on.
struct WatchedPairs {
  std::vector<std::vector<int32_t>> left, right;  ///< student ids
  std::vector<double> scores;
  bool empty() const { return scores.empty(); }
};

/// What the student learns from: sentences as it reads them, beside the teacher's vectors of the
/// same sentences.
struct DistillData {
  std::vector<std::vector<int32_t>> ids;      ///< of every sentence of the corpus
  std::vector<int64_t> training, validation;  ///< positions in `ids` and in the cache
  std::shared_ptr<const TeacherCache> targets;
  std::vector<float> target_mean;  ///< mean target of the training sentences
  WatchedPairs pairs;
};

/// How a target vector is cut: the sentence vector first, then one block a further layer.
struct TargetBlock {
  std::string name;  ///< "sentence", "layer-4"
  int64_t begin = 0, width = 0;
  double weight = 1.0;
};

struct DistillTaskOptions {
  RepresentationLoss loss;
  std::vector<TargetBlock> blocks;  ///< the first is the sentence vector
  bool center = false;              ///< subtract the mean target from the sentence vectors too
  nlp::BiLstmDropout dropout;
  double embedding_learning_rate = 1.0;  ///< multiplier for the embedding table
  uint64_t seed = 1;
};

/// Sentence-representation approximation: the student's vector is brought near the frozen
/// teacher's, sentence by sentence.
///
/// Further layers are reached from the pooled states by a linear map that is trained along and left
/// out of the model. Evaluation: `validation_loss`, `baseline_loss` (a student that always answers
/// the mean target), `retrieval_at_1` in batches of 128 (chance .008), `pairs_spearman` when pairs
/// are given; a collapsed student shows in all but the first. Source: Wu et al. 2020 (arXiv
/// 2004.03097).
class DistillTask final : public nlp::TrainingTask {
 public:
  using SaveModel = std::function<void(const std::filesystem::path&)>;

  DistillTask(nlp::BiLstmEncoder encoder, const DistillData& data, DistillTaskOptions options,
              SaveModel save);
  ~DistillTask() override;

  int64_t example_count() const override { return static_cast<int64_t>(data_.training.size()); }
  std::vector<int32_t> lengths() const override;
  std::vector<nlp::Parameter> parameters() override;
  at::Tensor loss(const std::vector<int64_t>& examples, nlp::StepContext& context) override;
  nlp::EvaluationResult evaluate() override;
  void save_model(const std::filesystem::path& directory) override { save_(directory); }

 private:
  struct Batch;
  struct Outputs;
  /// A further layer's map from pooled states.
  struct Projection {
    at::Tensor weight, bias;
  };

  at::Tensor targets_of(const std::vector<int64_t>& sentences) const;
  std::vector<nlp::LossTerm<Batch, Outputs>> terms() const;
  nlp::VectorRows vectors_of(const std::vector<std::vector<int32_t>>& ids);

  nlp::BiLstmEncoder encoder_;
  const DistillData& data_;
  DistillTaskOptions options_;
  SaveModel save_;
  std::vector<Projection> projections_;
  at::Tensor mean_;    ///< (W) mean target
  at::Tensor offset_;  ///< (W) what is subtracted from targets
};

}  // namespace limbeck::distill
