#pragma once

#include <vector>

#include "nlp/train/loss_term.h"
#include "nlp/train/training_task.h"
#include "verify/certify/word_problem.h"
#include "verify/network/word_net.h"
#include "verify/options/certified_training_options.h"

namespace limbeck::verify {

/// Share of a schedule that rises from 0 at `start` to 1 at `end`, linearly in the progress of a
/// run.
double ramp(double progress, double start, double end);

/// Share of problems whose smallest lower margin over the set is positive, for each budget, by one
/// method. Throws: ConfigError for an unknown method.
std::vector<double> certified_shares(WordModel& model, const std::vector<WordProblem>& problems,
                                     const std::vector<int64_t>& budgets,
                                     const std::string& method);

/// Share of problems whose label has the largest logit.
double accuracy_of(WordModel& model, const std::vector<WordProblem>& problems);

/// Trains a word-level network on the cross entropy of the sentences as they stand and on an upper
/// bound of that of every sentence of their sets: two loss terms, "clean" with weight
/// 1 - (1 - clean_share) r and "robust" with (1 - clean_share) r, r the ramp of the run. The sets
/// grow with the same r: a replacement goes the share r of the way to its word.
///
/// Evaluation: accuracy, certified (share of the dev sentences that are proved, at the budget, by
/// crown-ibp in float32: a figure to steer by), dev_loss.
/// Source:  Xu et al. 2020, sec. 4.3; Gowal et al. 2018 (the schedule).
class CertifiedTask final : public nlp::TrainingTask {
 public:
  CertifiedTask(WordNet& net, std::vector<WordProblem> train, std::vector<WordProblem> dev,
                const CertifiedTrainingOptions& options);

  int64_t example_count() const override { return static_cast<int64_t>(train_.size()); }
  std::vector<int32_t> lengths() const override;
  std::vector<nlp::Parameter> parameters() override;
  at::Tensor loss(const std::vector<int64_t>& examples, nlp::StepContext& context) override;
  nlp::EvaluationResult evaluate() override;
  void save_model(const std::filesystem::path& directory) override { net_.save(directory); }

 private:
  /// Sentences of one length.
  struct Group {
    const Graph* graph;
    SynonymSet region;
    at::Tensor labels;
    double logit_scale = 1;
  };
  struct Batch {
    std::vector<Group> groups;
    int64_t count = 0;
  };
  struct NoOutputs {};  // each loss term runs the network in its own way

  Batch batch_of(const std::vector<int64_t>& examples, nlp::StepContext& context);
  WordProblem with_unknown_words(WordProblem problem, RandomStream& stream) const;
  double logit_scale(const WordProblem& problem) const;
  at::Tensor embedding_mask(int64_t items, RandomStream& stream) const;

  WordNet& net_;
  WordModel model_;
  std::vector<WordProblem> train_, dev_;
  CertifiedTrainingOptions options_;
  int64_t unknown_;
  std::vector<nlp::LossTerm<Batch, NoOutputs>> terms_;
};

}  // namespace limbeck::verify
