#pragma once

#include "fairness/train_lm_options.h"
#include "nlp/train/trainer_options.h"
#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// `limbeck train-lm`: the option tree needs no LibTorch, the work is done by limbeck-train.
class TrainLmCommand final : public Command {
 public:
  TrainLmCommand();
  int run(const Invocation& invocation) override;

  const fairness::TrainLmOptions& options() const { return options_; }
  const nlp::TrainerOptions& training() const { return training_; }
  const OutputDirectoryOptions& directory() const { return directory_; }

 private:
  fairness::TrainLmOptions options_;
  nlp::TrainerOptions training_;
  OutputDirectoryOptions directory_;
};

}  // namespace limbeck::tools
