#pragma once

#include "fairness/debias_options.h"
#include "nlp/train/trainer_options.h"
#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// `limbeck debias`: the option tree needs no LibTorch, the work is done by limbeck-train.
class DebiasCommand final : public Command {
 public:
  DebiasCommand();
  int run(const Invocation& invocation) override;

  const fairness::DebiasOptions& options() const { return options_; }
  const nlp::TrainerOptions& training() const { return training_; }
  const OutputDirectoryOptions& directory() const { return directory_; }

 private:
  fairness::DebiasOptions options_;
  nlp::TrainerOptions training_;
  OutputDirectoryOptions directory_;
};

}  // namespace limbeck::tools
